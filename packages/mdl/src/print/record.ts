import type { ObjectShape, Shape } from "../shape/shape.ts";
import { keyPatterns } from "./notation.ts";

/** What `Dict[K, V]` says; `value` is `any` where the values are left open. */
interface Record {
  readonly key: Shape;
  readonly value: Shape;
}

/** Zod's pattern for the keys of a record of numbers. */
const zodNumber = "^-?\\d+(?:\\.\\d+)?$";

/** An object without named keys as a record; undefined where `Dict[K, V]` does not say it all, or all that was `published`. */
export function recordOf(shape: ObjectShape, published = false): Record | undefined {
  const { fields, patterns, rest, keys } = shape;
  if (fields.length > 0) return undefined;
  const [first, second] = patterns;
  const pattern = second ? undefined : (first?.pattern ?? (keys?.kind === "str" && keys.bounds.pattern));
  const isInt = pattern === keyPatterns.integer;
  const isNumber = isInt || pattern === keyPatterns.number || (published && pattern === zodNumber);
  const key: Shape = { kind: isNumber ? (isInt ? "int" : "float") : "str", bounds: {} };
  if (published) {
    const members = [...patterns.map((keyed) => keyed.shape), rest].filter(
      ({ kind }) => kind !== "any" && kind !== "never",
    );
    const [only, another] = members;
    const value: Shape | undefined = another ? { kind: "union", members, exclusive: false } : only;
    return value && { key, value };
  }
  if (first !== undefined) {
    return isNumber && rest.kind === "any" && !keys ? { key, value: first.shape } : undefined;
  }
  const saysNothing = rest.kind === "any" && !keys && !rest.declared;
  return saysNothing || rest.kind === "never" ? undefined : { key: keys ?? key, value: rest };
}
