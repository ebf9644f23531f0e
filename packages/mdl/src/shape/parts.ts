import type { Shape } from "./shape.ts";

/** A shape with other parts: `map` gets each of them, and its name where it is the value of a field. */
export function mapParts(shape: Shape, map: (part: Shape, name?: string) => Shape): Shape {
  switch (shape.kind) {
    case "list":
      return { ...shape, prefix: shape.prefix.map((item) => map(item)), rest: map(shape.rest) };
    case "object": {
      const fields = shape.fields.map((field) => ({ ...field, shape: map(field.shape, field.name) }));
      const patterns = shape.patterns.map((keyed) => ({ ...keyed, shape: map(keyed.shape) }));
      return {
        ...shape,
        fields,
        patterns,
        rest: map(shape.rest),
        ...(shape.keys && { keys: map(shape.keys) }),
      };
    }
    case "union":
    case "intersection":
      return { ...shape, members: shape.members.map((member) => map(member)) };
    case "not":
      return { ...shape, shape: map(shape.shape) };
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

/** Whether `shape` or a shape within it passes `test`; references are not followed. */
export function someShape(shape: Shape, test: (shape: Shape) => boolean): boolean {
  return test(shape) || partsOf(shape).some((part) => someShape(part, test));
}
