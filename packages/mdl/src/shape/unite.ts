import type { JsonValue } from "@conduit/types";
import { areAllDisjoint } from "./kinds.ts";
import type { LiteralShape, Shape } from "./shape.ts";

/** One shape for any of several, or, when `exclusive`, for one of several only. */
export function unite(given: readonly Shape[], exclusive = false): Shape {
  const alike = given.filter((member) => member.kind !== "never");
  const overlapping = exclusive && !areAllDisjoint(alike);
  const members = overlapping ? alike : joinLiterals(alike.flatMap(membersOf));
  const any = members.find((member) => member.kind === "any");
  if (any !== undefined && !overlapping) return any;
  const [first, second] = members;
  if (first === undefined) return { kind: "never" };
  return second === undefined ? first : { kind: "union", members, exclusive: overlapping };
}

/** The members of a union that stands in another and says nothing of its own. */
function membersOf(shape: Shape): readonly Shape[] {
  return shape.kind === "union" && !shape.exclusive && !isAnnotated(shape) ? shape.members : [shape];
}

/** Makes one of all literals that say nothing of their own, and one null. */
function joinLiterals(members: readonly Shape[]): readonly Shape[] {
  const literals = members.filter(
    (member): member is LiteralShape => member.kind === "literal" && !isAnnotated(member),
  );
  const values = new Map<string, JsonValue>();
  for (const value of literals.flatMap((literal) => literal.values)) values.set(JSON.stringify(value), value);
  const joined: Shape = { kind: "literal", values: [...values.values()] };
  const firstNull = members.find((member) => member.kind === "null");
  return members.flatMap((member): readonly Shape[] => {
    if (member === literals[0]) return [joined];
    const again = member.kind === "null" && member !== firstNull;
    return again || literals.includes(member as LiteralShape) ? [] : [member];
  });
}

/** Whether a shape says anything beside the type that MDL prints. */
export function isAnnotated(shape: Shape): boolean {
  return ["description", "default", "examples", "readOnly", "writeOnly", "deprecated"].some(
    (name) => name in shape,
  );
}
