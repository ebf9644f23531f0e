import type { Keys } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { joinMembers } from "./build-union.ts";
import { listOf, type SchemaNode } from "./schema-node.ts";
import type { LiteralValue, Shape } from "./shape.ts";

/** Builds what `enum` or `const` names; a `type` beside it leaves only the values of that type. */
export function buildLiteral(node: SchemaNode): Shape {
  const { schema, keys } = node;
  const named = "const" in schema ? [schema.const] : listOf(node, "enum");
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  const fitting = named.filter((value) => types === undefined || types.some((type) => isOfType(value, type)));
  const values = [...new Set(fitting)]
    .filter((value) => value !== null)
    .map((value) => literalValue(value, keys));
  const members: Shape[] = [];
  if (values.length > 0) members.push({ kind: "literal", values });
  if (fitting.includes(null)) members.push({ kind: "null" });
  return joinMembers(keys, members);
}

function literalValue(value: unknown, keys: Keys): LiteralValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new MdlSchemaError(
    keys,
    `the constant ${JSON.stringify(value)}`,
    "use strings, numbers, booleans or null",
  );
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  return type === (value === null ? "null" : typeof value);
}
