/**
 * JSON in which equal data look equal, whatever the order of their keys; `undefined` for data that JSON cannot tell apart, such as
 * maps and functions.
 */
export function canonicalJson(value: unknown): string | undefined {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : undefined;
  if (typeof value !== "object") return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : `date:${value.getTime()}`;
  if (Array.isArray(value)) return joined("[", value.map(canonicalJson), "]");
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const fields = entries.map(([key, field]) => {
    const json = canonicalJson(field);
    return json === undefined ? undefined : `${JSON.stringify(key)}:${json}`;
  });
  return joined("{", fields, "}");
}

function joined(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  return parts.includes(undefined) ? undefined : `${open}${parts.join(",")}${close}`;
}
