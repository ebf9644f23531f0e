import { type Container, isContainer } from "../is-container.ts";

/** Where a part stands in a container. */
export type Key = string | number;

export function kindOf(container: Container): "list" | "object" {
  return Array.isArray(container) ? "list" : "object";
}

export function keysOf(container: Container): readonly Key[] {
  return Array.isArray(container) ? container.map((_, index) => index) : Object.keys(container);
}

/** Whether two values are the same but for the object or list around their parts. */
export function hasSameParts(a: unknown, b: unknown): boolean {
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && a[key as never] === b[key as never])
  );
}
