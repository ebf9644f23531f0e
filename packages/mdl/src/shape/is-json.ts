/** Whether JSON can hold a value: no function, no big integer, no circle, nothing that it would write as null. */
export function isJson(value: unknown): boolean {
  return jsonOf(value) !== undefined;
}

/** A value in a schema as messages show it: its JSON; what JSON cannot hold, as JavaScript writes it. */
export function shown(value: unknown): string {
  const write = (part: unknown) => jsonOf(part) ?? String(part);
  return Array.isArray(value) ? `[${value.map(write)}]` : write(value);
}

/** The JSON of a value; undefined where JSON cannot hold it. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, part) => {
      const isNull = Array.isArray(part)
        ? part.includes(undefined)
        : [NaN, Infinity, -Infinity].includes(part);
      // JSON would have null here; of a big integer it throws.
      return isNull ? 0n : part;
    });
  } catch {
    return undefined;
  }
}
