import type { Keys } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { listOf, type SchemaNode, schemaNode } from "./schema-node.ts";
import type { LiteralShape, LiteralValue, Shape } from "./shape.ts";
import type { ShapeBuilder } from "./shape-builder.ts";

/** Builds `anyOf` or `oneOf`; members stand at the path of the union itself. */
export function buildUnion(node: SchemaNode, buildMember: ShapeBuilder): Shape {
  const exclusive = "oneOf" in node.schema;
  const schemas = listOf(node, exclusive ? "oneOf" : "anyOf");
  const members = schemas.map((member) => buildMember(schemaNode(member, node.keys)));
  return joinMembers(node.keys, members, exclusive);
}

/** One shape of several; literals without annotations become one literal. */
export function joinMembers(keys: Keys, members: readonly Shape[], exclusive = false): Shape {
  const joined = joinLiterals(members, exclusive);
  const [first] = joined;
  if (first === undefined) throw new MdlSchemaError(keys, "a schema that no value fits", "leave it out");
  return joined.length === 1 ? { ...first } : { kind: "union", members: joined, exclusive };
}

function joinLiterals(members: readonly Shape[], exclusive: boolean): readonly Shape[] {
  const literals = members.filter(isPlainLiteral);
  const all = literals.flatMap((literal) => literal.values);
  const values: readonly LiteralValue[] = [...new Set(all)];
  // A value that two members of a `oneOf` name fits neither.
  if (literals.length < 2 || (exclusive && values.length < all.length)) return members;
  return members.flatMap((member): Shape[] => {
    if (member === literals[0]) return [{ kind: "literal", values }];
    return isPlainLiteral(member) ? [] : [member];
  });
}

function isPlainLiteral(shape: Shape): shape is LiteralShape {
  return shape.kind === "literal" && shape.title === undefined && shape.description === undefined;
}
