import type { Shape } from "./shape.ts";

/** The shapes that `shape` is directly made of. */
export function partsOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case "list":
      return [shape.items];
    case "tuple":
      return shape.items;
    case "record":
      return [shape.value];
    case "object":
      return shape.fields.map((field) => field.shape);
    case "union":
      return shape.members;
    default:
      return [];
  }
}

/** Whether `shape` or a shape within it passes `test`. */
export function someShape(shape: Shape, test: (shape: Shape) => boolean): boolean {
  return test(shape) || partsOf(shape).some((part) => someShape(part, test));
}
