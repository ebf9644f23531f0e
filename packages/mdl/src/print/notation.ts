import type { LiteralValue, RecordShape, Shape, UnionShape } from "../shape/shape.ts";

/** A union as MDL writes it: without unions inside, null apart, all literals in one. */
export interface FlatUnion {
  readonly members: readonly Shape[];
  readonly nullable: boolean;
}

/** Takes the unions inside a union apart; order is that of the schema. */
export function flatten(union: UnionShape): FlatUnion {
  const flat = union.members.flatMap((member) => (member.kind === "union" ? membersOf(member) : [member]));
  const values: LiteralValue[] = [
    ...new Set(flat.flatMap((member) => (member.kind === "literal" ? member.values : []))),
  ];
  const firstLiteral = flat.find((member) => member.kind === "literal");
  const members = flat.flatMap((member): Shape[] => {
    if (member === firstLiteral) return [{ kind: "literal", values }];
    return member.kind === "literal" || member.kind === "null" ? [] : [member];
  });
  return { members, nullable: flat.some((member) => member.kind === "null") };
}

function membersOf(union: UnionShape): readonly Shape[] {
  const { members, nullable } = flatten(union);
  return nullable ? [...members, { kind: "null" }] : members;
}

/** Whether null fits `shape`. */
export function acceptsNull(shape: Shape): boolean {
  return shape.kind === "null" || (shape.kind === "union" && shape.members.some(acceptsNull));
}

const plainName = /^[\p{L}_$][\p{L}\p{N}_$.-]*$/u;

/** A key as MDL writes it: bare where that is unambiguous, else as a JSON string. */
export function keyText(name: string): string {
  return plainName.test(name) ? name : JSON.stringify(name);
}

/** `Literal[...]` with its values in JSON. */
export function literalText(values: readonly LiteralValue[]): string {
  return `Literal[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** `Dict[K, V]` around the text of its values. */
export function recordText({ key }: RecordShape, value: string): string {
  return `Dict[${key.kind}, ${value}]`;
}
