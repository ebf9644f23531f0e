import { expressionOf } from "../shape/bounds.ts";
import type { Field, ObjectShape, Shape } from "../shape/shape.ts";

interface Lookup {
  readonly fields: ReadonlyMap<string | number, Field>;
  readonly patterns: readonly (readonly [RegExp, Shape])[];
}

const lookups = new WeakMap<ObjectShape, Lookup>();

/** What an object says of its keys, ready to be looked up. */
export function lookupOf(shape: ObjectShape): Lookup {
  const known = lookups.get(shape);
  if (known !== undefined) return known;
  const lookup: Lookup = {
    fields: new Map(shape.fields.map((field) => [field.name, field])),
    patterns: shape.patterns.map((part) => [expressionOf(part.pattern), part.shape]),
  };
  lookups.set(shape, lookup);
  return lookup;
}

/** The shapes, all at once, of the part that `key` leads to in a value of `shape`. */
export function shapesAt(shape: Shape, key: string | number): readonly Shape[] {
  switch (shape.kind) {
    case "reference":
      return shapesAt(shape.definition.shape, key);
    // A loose shape says nothing of the parts of other types.
    case "list":
      return typeof key === "number" ? [shape.prefix[key] ?? shape.rest] : [];
    case "object": {
      if (shape.loose && typeof key === "number") return [];
      const { fields, patterns } = lookupOf(shape);
      const field = fields.get(key);
      if (patterns.length === 0) return [field?.shape ?? shape.rest];
      const parts = patterns.filter(([pattern]) => pattern.test(String(key))).map(([, part]) => part);
      if (field !== undefined) parts.unshift(field.shape);
      return parts.length > 0 ? parts : [shape.rest];
    }
    case "intersection":
      return shape.members.flatMap((member) => shapesAt(member, key));
    case "union":
      return [
        { kind: "union", members: shape.members.map((member) => partShape(member, key)), exclusive: false },
      ];
    default:
      return [];
  }
}

/** The shape of the part that `key` leads to in a value of `shape`. */
export function partShape(shape: Shape, key: string | number): Shape {
  const given = shapesAt(shape, key);
  const shapes = given.length === 1 ? given : given.filter(({ kind }) => kind !== "any");
  const [first = { kind: "any" }, second] = shapes;
  return second === undefined ? first : { kind: "intersection", members: shapes };
}

const leaves = new WeakMap<Shape, readonly Shape[]>();

/** What a value of `shape` may be, unions and references taken apart. */
export function alternatives(shape: Shape): readonly Shape[] {
  if (shape.kind === "reference") return alternatives(shape.definition.shape);
  if (shape.kind !== "union") return [shape];
  const known = leaves.get(shape) ?? [...new Set(shape.members.flatMap(alternatives))];
  leaves.set(shape, known);
  return known;
}
