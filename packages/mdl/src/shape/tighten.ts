import { never, open, type Shape } from "./shape.ts";
import { unite } from "./unite.ts";

/** What a shape says of values that are of one JSON type: nothing stays loose. */
export function tighten(shape: Shape, kind: Shape["kind"]): Shape {
  if ("loose" in shape) {
    const { loose: _, ...typed } = shape;
    return shape.kind === kind ? (typed as Shape) : open;
  }
  if (shape.kind === "not") {
    const inner = tighten(shape.shape, kind);
    if (inner === shape.shape) return shape;
    return inner.kind === "any" ? never : { ...shape, shape: inner };
  }
  if (!("members" in shape)) return shape;
  const members = shape.members.map((member) => tighten(member, kind));
  if (members.every((member, index) => member === shape.members[index])) return shape;
  if (shape.kind === "union") {
    const united = unite(members, shape.exclusive);
    return united.kind === "union" ? { ...shape, ...united } : united;
  }
  const telling = members.filter((member) => member.kind !== "any");
  return telling.length > 1 ? { ...shape, members: telling } : (telling[0] ?? open);
}
