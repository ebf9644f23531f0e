import type { ObjectShape, Shape } from "../shape/shape.ts";
import { keyPatterns } from "./notation.ts";

/** What `Dict[K, V]` says; `value` is `any` where the values are left open. */
interface Record {
  readonly key: "str" | "int" | "float" | Shape;
  readonly value: Shape;
}

/** An object without named keys as a record; undefined where `Dict[K, V]` does not say it all, or all that was `published`. */
export function recordOf(shape: ObjectShape, published: boolean): Record | undefined {
  const { fields, patterns, rest, keys } = shape;
  if (fields.length > 0) return undefined;
  const [first, second] = patterns;
  const pattern = first?.pattern ?? (keys?.kind === "str" ? keys.bounds.pattern : undefined);
  const number = second === undefined && pattern !== undefined ? numberKeys.get(pattern) : undefined;
  if (published) {
    const values = [...patterns.map((part) => part.shape), rest].filter(
      ({ kind }) => kind !== "any" && kind !== "never",
    );
    const value: Shape = { kind: "union", members: values, exclusive: false };
    return values.length === 0 ? undefined : { key: number ?? "str", value };
  }
  if (first === undefined) {
    if (rest.kind === "never" || (rest.kind === "any" && keys === undefined && !rest.declared))
      return undefined;
    return { key: keys ?? "str", value: rest };
  }
  if (number === undefined || first.pattern !== keyPatterns[number] || rest.kind !== "any" || keys)
    return undefined;
  return { key: number, value: first.shape };
}

const numberKeys = new Map<string, "int" | "float">([
  [keyPatterns.int, "int"],
  [keyPatterns.float, "float"],
  // Zod's.
  ["^-?\\d+(?:\\.\\d+)?$", "float"],
]);
