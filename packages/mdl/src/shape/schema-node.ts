import { MdlSchemaError } from "../mdl-schema-error.ts";
import { shown } from "./is-json.ts";
import { isMap } from "./is-map.ts";
import type { SchemaNode } from "./schema-source.ts";

/** The schemas under the keys of a keyword's value; none where the keyword is absent. */
export function entriesOf(node: SchemaNode, keyword: string): readonly (readonly [string, unknown])[] {
  const value = node.schema[keyword] ?? {};
  if (isMap(value)) return Object.entries(value);
  throw wrongValue(node, keyword, "an object");
}

/** The value of a keyword that holds a list; undefined where it is absent. */
export function listOf(node: SchemaNode, keyword: string): readonly unknown[] | undefined {
  const value = node.schema[keyword];
  if (value === undefined || Array.isArray(value)) return value;
  throw wrongValue(node, keyword, "a list");
}

/** The value of a keyword that holds a list of keys, each once; empty where it is absent. */
export function namesOf(node: SchemaNode, keyword: string): readonly string[] {
  const names = listOf(node, keyword) ?? [];
  if (names.every((name) => typeof name === "string")) return [...new Set(names)];
  throw wrongValue(node, keyword, "a list of keys");
}

/** Error for a keyword whose value is of the wrong type. */
export function wrongValue(
  { keys, schema }: SchemaNode,
  keyword: string,
  expected: string,
  found = schema[keyword],
): MdlSchemaError {
  return new MdlSchemaError(keys, `${keyword}: ${shown(found)}`, `give it ${expected}`);
}
