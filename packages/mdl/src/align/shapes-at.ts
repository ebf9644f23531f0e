import { memoized } from "../memoized.ts";
import { expressionOf } from "../shape/bounds.ts";
import { type ObjectShape, open, type Shape } from "../shape/shape.ts";

/** What an object says of its keys, ready to be looked up. */
const lookupOf = memoized(({ fields, patterns, rest }: ObjectShape) => {
  const expressions = patterns.map(({ pattern, shape }) => [expressionOf(pattern), shape] as const);
  const matching = (key: string) =>
    expressions.flatMap(([expression, shape]) => (expression.test(key) ? [shape] : []));
  const named = new Map<string | number, readonly Shape[]>(
    fields.map(({ name, shape }) => [name, [shape, ...matching(name)]]),
  );
  const others = [rest];
  return (key: string | number) => {
    const shapes = named.get(key) ?? matching(String(key));
    return shapes.length > 0 ? shapes : others;
  };
});

/** The shapes, all at once, of the part that `key` leads to in a value of `shape`. */
export function shapesAt(shape: Shape, key: string | number): readonly Shape[] {
  const isItem = typeof key === "number";
  switch (shape.kind) {
    case "reference":
      return shapesAt(shape.definition.shape, key);
    // A loose shape says nothing of the parts of other types.
    case "list":
      return isItem ? [shape.prefix[key] ?? shape.rest] : [];
    case "object":
      return shape.loose && isItem ? [] : lookupOf(shape)(key);
    case "intersection":
      return shape.members.flatMap((member) => shapesAt(member, key));
    case "union": {
      const members = distinct(shape.members.map((member) => partShape(member, key)));
      return members.length === 1 ? members : [{ kind: "union", members, exclusive: false }];
    }
    default:
      return [];
  }
}

/** The shape of the part that `key` leads to in a value of `shape`. */
export function partShape(shape: Shape, key: string | number): Shape {
  const members = distinct(shapesAt(shape, key)).filter(({ kind }) => kind !== "any");
  const [first = open, second] = members;
  return second === undefined ? first : { kind: "intersection", members };
}

/** Shapes without those that say the same once more, which would be twice as many at each level of a recursive type. */
function distinct(shapes: readonly Shape[]): readonly Shape[] {
  return [...new Set(shapes.map((shape) => (shape.kind === "reference" ? shape.definition.shape : shape)))];
}

/** What a value of `shape` may be, unions and references taken apart. */
export const alternatives: (shape: Shape) => readonly Shape[] = memoized((shape: Shape) => {
  if (shape.kind === "reference") return alternatives(shape.definition.shape);
  return shape.kind === "union" ? [...new Set(shape.members.flatMap(alternatives))] : [shape];
});
