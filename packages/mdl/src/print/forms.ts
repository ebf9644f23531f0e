import type { Shape } from "../shape/shape.ts";
import { constraintsText } from "./constraints.ts";
import { commentOf } from "./notation.ts";
import { recordOf } from "./record.ts";

/** Whether a shape is what a schema says nothing of. */
export function isOpen(shape: Shape): boolean {
  return shape.kind === "any" && shape.declared === undefined;
}

/** Whether a shape is written with braces, and nothing but constraints after them. */
export function isBraces(shape: Shape): boolean {
  return shape.kind === "object" && shape.keys === undefined && recordOf(shape, false) === undefined;
}

/** Whether a shape is null and says nothing else. */
export function isPlainNull(shape: Shape): boolean {
  return (
    shape.kind === "null" &&
    shape.default === undefined &&
    commentOf(shape) === undefined &&
    constraintsText(shape) === ""
  );
}

/** An optional of a described type is described itself: the comment is as good there, and shorter. */
export function lifted(shape: Shape): Shape {
  if (shape.kind !== "union" || shape.description !== undefined || shape.members.length !== 2) return shape;
  const [described] = shape.members.filter((member) => !isPlainNull(member));
  if (described?.description === undefined || !shape.members.some(isPlainNull)) return shape;
  const { description, ...plain } = described;
  return {
    ...shape,
    members: shape.members.map((member) => (member === described ? plain : member)),
    description,
  };
}

/** The members of a union and of those within it. */
export function membersOf(shape: Shape): readonly Shape[] {
  return shape.kind === "union" ? shape.members.flatMap(membersOf) : [shape];
}
