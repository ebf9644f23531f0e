import type { JsonValue } from "@conduit/types";
import { Check } from "typebox/schema";
import { defined } from "../defined.ts";
import { expressionOf, readBounds } from "./bounds.ts";
import { isJson } from "./is-json.ts";
import { listOf, wrongValue } from "./schema-node.ts";
import type { SchemaNode } from "./schema-source.ts";
import { never, type Shape } from "./shape.ts";
import { distinct, unite } from "./unite.ts";

/** Builds what `enum` or `const` names, without what the type and the bounds beside it do not take. */
export function buildLiteral(node: SchemaNode, bases: readonly Shape[]): readonly Shape[] {
  const { schema } = node;
  const bounds = { ...readBounds(node, "str"), ...readBounds(node, "float") };
  // The library would throw its own error.
  if (bounds.pattern !== undefined) expressionOf(bounds.pattern);
  const keyword = "const" in schema ? "const" : "enum";
  const named = (keyword === "const" ? [schema.const] : listOf(node, keyword)) as readonly JsonValue[];
  if (!named.every(isJson)) throw wrongValue(node, keyword, "values of JSON");
  const beside: object = defined({ type: schema.type, ...bounds });
  const fitting = distinct(named.filter((value) => Check(beside, value)));
  const values = fitting.filter((value) => value !== null);
  return [
    unite([
      values.length > 0 ? { kind: "literal", values } : never,
      fitting.length > values.length ? { kind: "null" } : never,
    ]),
    // What a list or an object must be, beside being one of those named, is left to be said.
    ...(values.some((value) => typeof value === "object") ? bases : []),
  ];
}
