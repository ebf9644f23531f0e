import { bits } from "./kinds.ts";
import { never, open, type Shape } from "./shape.ts";
import { unite } from "./unite.ts";

/** What a shape says of values of the JSON types in `kinds`; what is of one of several stays loose. */
export function tighten(shape: Shape, kinds: number): Shape {
  if ("loose" in shape) {
    const { loose: _, ...typed } = shape;
    const kind = bits[shape.kind];
    return kind === kinds ? (typed as Shape) : kind & kinds ? shape : open;
  }
  if (shape.kind === "not") {
    const inner = tighten(shape.shape, kinds);
    if (inner === shape.shape) return shape;
    return inner.kind === "any" ? never : { ...shape, shape: inner };
  }
  if (!("members" in shape)) return shape;
  const exclusive = "exclusive" in shape && shape.exclusive;
  const members = shape.members.map((member) => {
    const tight = tighten(member, kinds);
    // MDL has no one of several for what fits everything.
    return exclusive && tight.kind === "any" ? member : tight;
  });
  if (members.every((member, index) => member === shape.members[index])) return shape;
  if (shape.kind === "union") {
    const united = unite(members, exclusive);
    return united.kind === "union" ? { ...shape, ...united } : united;
  }
  const telling = members.filter((member) => member.kind !== "any");
  return telling.length > 1 ? { ...shape, members: telling } : (telling[0] ?? open);
}
