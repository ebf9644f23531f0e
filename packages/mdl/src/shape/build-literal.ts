import type { JsonValue } from "@conduit/types";
import { Check } from "typebox/schema";
import { expressionOf, readBounds } from "./bounds.ts";
import { isJson } from "./is-json.ts";
import { listOf, wrongValue } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";
import type { Shape } from "./shape.ts";
import { unite } from "./unite.ts";

/** Builds what `enum` or `const` names, without what the type and the bounds beside it do not take. */
export function buildLiteral(node: SchemaNode, bases: readonly Shape[]): readonly Shape[] {
  const { schema } = node;
  const beside = {
    ...(schema.type !== undefined && { type: schema.type }),
    ...readBounds(node, "string"),
    ...readBounds(node, "number"),
  };
  // The library would throw its own error.
  if (typeof schema.pattern === "string") expressionOf(schema.pattern);
  const named = ("const" in schema ? [schema.const] : (listOf(node, "enum") ?? [])) as JsonValue[];
  if (!named.every(isJson)) throw wrongValue(node, "enum", "values of JSON");
  const values = named.filter((value) => Check(beside, value));
  const distinct = [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
  const notNull = distinct.filter((value) => value !== null);
  const members: Shape[] = notNull.length > 0 ? [{ kind: "literal", values: notNull }] : [];
  if (notNull.length < distinct.length) members.push({ kind: "null" });
  // What a list or an object must be, beside being one of those named, is left to be said.
  return [unite(members), ...(distinct.some(isStructured) ? bases : [])];
}

function isStructured(value: JsonValue): boolean {
  return typeof value === "object" && value !== null;
}
