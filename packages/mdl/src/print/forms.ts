import { defined } from "../defined.ts";
import { isAnnotated } from "../shape/annotations.ts";
import { mapParts } from "../shape/parts.ts";
import type { Annotations, Shape } from "../shape/shape.ts";
import { recordOf } from "./record.ts";

/** Whether a shape is written with braces, and nothing but constraints after them. */
export function isBraces(shape: Shape): boolean {
  return shape.kind === "object" && !shape.keys && !recordOf(shape);
}

/** Whether a shape is anything but null that says nothing else. */
export function isMore(shape: Shape): boolean {
  return shape.kind !== "null" || isAnnotated(shape);
}

/** An optional of a described type is described itself: the comment is as good there, and shorter. */
export function lifted(shape: Shape): Shape {
  if (shape.kind !== "union" || shape.description || shape.members.length !== 2) return shape;
  const [described, another] = shape.members.filter(isMore);
  if (!described?.description || another) return shape;
  const { description, ...plain } = described;
  return { ...mapParts(shape, (member) => (member === described ? plain : member)), description };
}

/** The members of a union and of those within it. */
export function membersOf(shape: Shape): readonly Shape[] {
  return shape.kind === "union" ? shape.members.flatMap(membersOf) : [shape];
}

/** The type of a shape, and what else the shape says at the place where it stands. */
export function split(shape: Shape): readonly [type: Shape, annotations: Annotations] {
  const { description, default: fallback, examples, readOnly, writeOnly, deprecated, ...type } = shape;
  return [type, defined({ description, default: fallback, examples, readOnly, writeOnly, deprecated })];
}
