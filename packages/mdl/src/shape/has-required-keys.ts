import type { Field } from "./shape.ts";

/** Whether every key is there that may not be absent. */
export function hasRequiredKeys(value: object, fields: readonly Field[]): boolean {
  for (const { name, optional } of fields) if (!optional && !Object.hasOwn(value, name)) return false;
  return true;
}
