import type { Shape } from "./shape.ts";

/** A shape with other parts: `map` gets each of them, and its name where it is the value of a field. */
export function mapParts(shape: Shape, map: (part: Shape, name?: string) => Shape): Shape {
  const all = (parts: readonly Shape[]) => parts.map((part) => map(part));
  const within = <Holder extends { shape: Shape; name?: string }>(holder: Holder): Holder => ({
    ...holder,
    shape: map(holder.shape, holder.name),
  });
  switch (shape.kind) {
    case "list":
      return { ...shape, prefix: all(shape.prefix), rest: map(shape.rest) };
    case "object":
      return {
        ...shape,
        fields: shape.fields.map(within),
        patterns: shape.patterns.map(within),
        rest: map(shape.rest),
        ...(shape.keys && { keys: map(shape.keys) }),
      };
    case "union":
    case "intersection":
      return { ...shape, members: all(shape.members) };
    case "not":
      return within(shape);
    default:
      return shape;
  }
}

/** The shapes that `shape` is directly made of; a reference is made of none. */
export function partsOf(shape: Shape): readonly Shape[] {
  const parts: Shape[] = [];
  mapParts(shape, (part) => {
    parts.push(part);
    return part;
  });
  return parts;
}
