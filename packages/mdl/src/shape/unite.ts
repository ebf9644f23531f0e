import type { JsonValue } from "@conduit/types";
import { isAnnotated } from "./annotations.ts";
import { areAllDisjoint } from "./kinds.ts";
import { type LiteralShape, never, type Shape } from "./shape.ts";

/** One shape for any of several, or, when `exclusive`, for one of several only. */
export function unite(given: readonly Shape[], exclusive = false): Shape {
  const alike = given.filter((member) => member.kind !== "never");
  const overlapping = exclusive && !areAllDisjoint(alike);
  const members = overlapping ? alike : joinLiterals(alike.flatMap(membersOf));
  const any = overlapping ? undefined : members.find((member) => member.kind === "any");
  const [first = never, second] = members;
  return any ?? (second ? { kind: "union", members, exclusive: overlapping } : first);
}

/** The members of a union that stands in another and says nothing of its own. */
function membersOf(shape: Shape): readonly Shape[] {
  return shape.kind === "union" && !shape.exclusive && !isAnnotated(shape) ? shape.members : [shape];
}

/** The values that JSON tells apart. */
export function distinct(values: readonly JsonValue[]): readonly JsonValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** Makes one of all literals that say nothing of their own, and one null. */
function joinLiterals(members: readonly Shape[]): readonly Shape[] {
  const literals = members.filter(
    (member): member is LiteralShape => member.kind === "literal" && !isAnnotated(member),
  );
  const joined: Shape = { kind: "literal", values: distinct(literals.flatMap(({ values }) => values)) };
  const firstNull = members.find((member) => member.kind === "null");
  return members
    .filter((member) => literals.indexOf(member as LiteralShape) < 1)
    .filter((member) => member.kind !== "null" || member === firstNull)
    .map((member) => (member === literals[0] ? joined : member));
}
