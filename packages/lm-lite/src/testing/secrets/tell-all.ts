import { inspect } from "node:util";

/** All that somebody may get to see of a value: printed, logged as JSON, looked into. */
export function tellAll(value: unknown): string {
  const all = {
    depth: null,
    showHidden: true,
    maxArrayLength: null,
    maxStringLength: null,
  } as const;
  const parts = [String(value), inspect(value), inspect(value, all), toJson(value)];
  for (let error = value; error instanceof Error; error = error.cause) {
    const own = Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]);
    parts.push(error.message, error.stack ?? "", toJson(Object.fromEntries(own)));
  }
  return parts.join("\n");
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch (error) {
    // What refers to itself has no JSON.
    return String(error);
  }
}
