import type { Shape } from "./shape.ts";

/** The shapes that `shape` is directly made of; a reference is made of none. */
export function partsOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case "list":
      return [...shape.prefix, shape.rest];
    case "object":
      return [
        ...[...shape.fields, ...shape.patterns].map((part) => part.shape),
        shape.rest,
        ...(shape.keys ? [shape.keys] : []),
      ];
    case "union":
    case "intersection":
      return shape.members;
    case "not":
      return [shape.shape];
    default:
      return [];
  }
}

/** Whether `shape` or a shape within it passes `test`; references are not followed. */
export function someShape(shape: Shape, test: (shape: Shape) => boolean): boolean {
  return test(shape) || partsOf(shape).some((part) => someShape(part, test));
}
