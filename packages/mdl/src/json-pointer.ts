/** Keys from the whole value down to one of its parts. */
export type Keys = readonly (string | number)[];

/** JSON Pointer (RFC 6901) of the part that `keys` lead to; empty for the whole value. */
export function jsonPointer(keys: Keys): string {
  return keys.map(pointerStep).join("");
}

/** A pointer as messages name it. */
export function place(pointer: string): string {
  return pointer === "" ? "the top level" : pointer;
}

/** What JSON Pointer adds for one key. */
export function pointerStep(key: string | number): string {
  if (typeof key === "number" || !/[~/]/.test(key)) return `/${key}`;
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
