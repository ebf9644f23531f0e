/** Keys from the whole value down to one of its parts. */
export type Keys = readonly (string | number)[];

/** JSON Pointer (RFC 6901) of the part that `keys` lead to; empty for the whole value. */
export function jsonPointer(keys: Keys): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** A pointer as messages name it. */
export function place(pointer: string): string {
  return pointer === "" ? "the top level" : pointer;
}
