import type { Shape } from "./shape.ts";
import { unite } from "./unite.ts";

/** What a shape says of values that are of one JSON type: nothing stays loose. */
export function tighten(shape: Shape, kind: "str" | "float" | "list" | "object"): Shape {
  switch (shape.kind) {
    case "str":
    case "float":
    case "list":
    case "object": {
      if (shape.loose === undefined) return shape;
      const { loose: _, ...typed } = shape;
      return shape.kind === kind ? (typed as Shape) : { kind: "any" };
    }
    case "union":
    case "intersection": {
      const members = shape.members.map((member) => tighten(member, kind));
      const changed = members.some((member, index) => member !== shape.members[index]);
      return changed ? combine(shape, members) : shape;
    }
    case "not": {
      const inner = tighten(shape.shape, kind);
      if (inner === shape.shape) return shape;
      return inner.kind === "any" ? { kind: "never" } : { ...shape, shape: inner };
    }
    default:
      return shape;
  }
}

function combine(shape: Extract<Shape, { members: unknown }>, members: readonly Shape[]): Shape {
  if (shape.kind === "union") {
    const united = unite(members, shape.exclusive);
    return united.kind === "union" ? { ...shape, ...united } : united;
  }
  const any = members.find((member) => member.kind === "any");
  if (any === undefined) return { ...shape, members };
  const [first = any, second] = members.filter((member) => member.kind !== "any");
  return second === undefined
    ? first
    : { ...shape, members: members.filter((member) => member.kind !== "any") };
}
