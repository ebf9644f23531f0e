import { partsOf, someShape } from "../shape/parts.ts";
import type { Shape } from "../shape/shape.ts";

/**
 * The comment of a field: its description and those of the types within it, down to the next object's keys, which have
 * comments of their own. Undefined where nothing is described.
 */
export function comment(shape: Shape): string | undefined {
  const words = descriptions(shape);
  return words.length === 0 ? undefined : words.join("; ");
}

/** Whether a key of an object at or within `shape` has a comment. */
export function hasCommentedFields(shape: Shape): boolean {
  return someShape(
    shape,
    (part) => part.kind === "object" && part.fields.some((field) => comment(field.shape) !== undefined),
  );
}

function descriptions(shape: Shape): string[] {
  // A comment ends with its line.
  const own = shape.description?.replace(/\s+/g, " ").trim();
  const inner = shape.kind === "object" ? [] : partsOf(shape).flatMap(descriptions);
  return own === undefined || own === "" ? inner : [own, ...inner];
}
