import type { Keys } from "../json-pointer.ts";
import { MdlSchemaError } from "../mdl-schema-error.ts";

/** A JSON Schema object within a schema, and where the values are that it describes. */
export interface SchemaNode {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly keys: Keys;
}

/** The node of the schema `value`, which stands at `keys`; refuses what is not a schema of typed values. */
export function schemaNode(value: unknown, keys: Keys): SchemaNode {
  if (value === true) throw untyped(keys);
  if (value === false) throw new MdlSchemaError(keys, "a schema that no value fits", "leave it out");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MdlSchemaError(keys, JSON.stringify(value) ?? String(value), "give a JSON Schema object");
  }
  return { schema: value as Record<string, unknown>, keys };
}

/** The node of a schema for the part of `node`'s values that `key` leads to. */
export function childNode(node: SchemaNode, value: unknown, key: string | number): SchemaNode {
  return schemaNode(value, [...node.keys, key]);
}

/** Error for a schema that says nothing about the type of its values. */
export function untyped(keys: Keys): MdlSchemaError {
  return new MdlSchemaError(keys, "an untyped value (Any, Unknown)", "give it a type");
}

/** Error for a keyword that MDL does not have. */
export function unsupported({ keys }: SchemaNode, keyword: string): MdlSchemaError {
  return new MdlSchemaError(keys, `the keyword "${keyword}"`, "describe the type without it");
}

/** Error for a keyword that MDL does not have together with another. */
export function unsupportedBeside({ keys }: SchemaNode, keyword: string, other: string): MdlSchemaError {
  return new MdlSchemaError(
    keys,
    `the keyword "${keyword}" beside "${other}"`,
    "describe the type with one of them",
  );
}

/** The value of a keyword that holds a list. */
export function listOf({ schema, keys }: SchemaNode, keyword: string): readonly unknown[] {
  const value = schema[keyword];
  if (Array.isArray(value) && value.length > 0) return value;
  throw new MdlSchemaError(keys, `${keyword}: ${JSON.stringify(value)}`, "give it a list that is not empty");
}
