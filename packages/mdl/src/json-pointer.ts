import { isContainer } from "./is-container.ts";

/** Keys from the whole value down to one of its parts. */
export type Keys = readonly (string | number)[];

/** JSON Pointer (RFC 6901) of the part that `keys` lead to; empty for the whole value. */
export function jsonPointer(keys: Keys): string {
  return keys.map(pointerStep).join("");
}

/** A pointer as messages name it. */
export function place(pointer: string): string {
  return pointer || "the top level";
}

/** What JSON Pointer adds for one key. */
export function pointerStep(key: string | number): string {
  return `/${escapeKey(key)}`;
}

/** A key as JSON Pointer has it between slashes. */
export function escapeKey(key: string | number): string | number {
  if (typeof key === "number" || !(key.includes("~") || key.includes("/"))) return key;
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The part of `value` that `pointer` leads to; undefined where there is none. */
export function partAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isContainer(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key as never];
  }
  return found;
}
