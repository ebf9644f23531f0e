import { withinBounds } from "./bounds.ts";
import type { Shape } from "./shape.ts";

/** Bits for all JSON types. */
export const anyKind = 63;

/** Bits for the JSON types; whole numbers and others are one. */
export const bits = {
  str: 1,
  int: 2,
  float: 2,
  bool: 4,
  null: 8,
  list: 16,
  object: 32,
  never: 0,
  any: anyKind,
  not: anyKind,
};

/** Definitions may refer to each other for ever. */
const maxDepth = 8;

/** The JSON types that values of a shape can have, as bits; those of an unfinished definition are unknown: all. */
export function kindsOf(shape: Shape, depth = 0): number {
  const kindsOfPart = (part: Shape) => kindsOf(part, depth + 1);
  switch (shape.kind) {
    case "literal":
      return shape.values.reduce((kinds: number, value) => kinds | kindOf(value), 0);
    case "union":
      return shape.members.reduce((kinds, member) => kinds | kindsOfPart(member), 0);
    case "intersection":
      return shape.members.reduce((kinds, member) => kinds & kindsOfPart(member), anyKind);
    case "reference": {
      const { shape: target } = shape.definition;
      return target === undefined || depth > maxDepth ? anyKind : kindsOfPart(target);
    }
    default:
      return "loose" in shape ? anyKind : bits[shape.kind];
  }
}

/** The bit of a value's JSON type. */
function kindOf(value: unknown): number {
  if (value === null) return bits.null;
  if (Array.isArray(value)) return bits.list;
  return { string: bits.str, number: bits.int, boolean: bits.bool }[typeof value as string] ?? bits.object;
}

/** Whether null fits `shape`. */
export function acceptsNull(shape: Shape): boolean {
  return (kindsOf(shape) & bits.null) !== 0;
}

/**
 * Whether it is certain that no value fits two shapes. With `closed`, objects that leave other keys open are taken not
 * to have any.
 */
function areDisjoint(a: Shape, b: Shape, closed: boolean, depth = 0): boolean {
  if ((kindsOf(a) & kindsOf(b)) === 0) return true;
  if (depth > maxDepth) return false;
  // Values that are named are looked at last, when nothing is left to look into.
  if (a.kind === "literal" && b.kind !== "literal") return areDisjoint(b, a, closed, depth);
  const again = (one: Shape, other: Shape) => areDisjoint(one, other, closed, depth + 1);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (one.kind === "union") return one.members.every((member) => again(member, other));
    if (one.kind === "intersection" && one.members.some((member) => again(member, other))) return true;
    if (one.kind === "reference" && one.definition.shape) return again(one.definition.shape, other);
    if (one.kind === "literal") {
      const { kind, values } = one;
      return values.every((value) =>
        values.length > 1 ? again({ kind, values: [value] }, other) : !mayFit(value, other),
      );
    }
    if (one.kind !== "object" || other.kind !== "object" || one.loose || other.loose) continue;
    // A key that one must have and the other cannot, or only with other values.
    const { fields, patterns, rest } = other;
    const shut = patterns.length === 0 && (rest.kind === "never" || (closed && rest.kind === "any"));
    const isTelling = one.fields.some(({ name, shape, optional }) => {
      const counterpart = fields.find((field) => field.name === name);
      return !optional && (counterpart ? again(shape, counterpart.shape) : shut);
    });
    if (isTelling) return true;
  }
  return false;
}

/** Whether it is certain that no value fits two of several shapes. */
export function areAllDisjoint(shapes: readonly Shape[], closed = false): boolean {
  return shapes.every((a, index) => shapes.slice(index + 1).every((b) => areDisjoint(a, b, closed)));
}

/** Whether a value of a type that a shape has might fit it; certain where it says no. */
function mayFit(value: unknown, shape: Shape): boolean {
  if (shape.kind === "literal") {
    return shape.values.some((literal) => JSON.stringify(literal) === JSON.stringify(value));
  }
  // What is loose takes values of other types.
  if (!("bounds" in shape) || kindOf(value) !== bits[shape.kind]) return true;
  return (shape.kind !== "int" || Number.isInteger(value)) && withinBounds(value, shape.bounds);
}
