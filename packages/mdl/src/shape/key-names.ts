import { MdlSchemaError } from "../mdl-schema-error.ts";
import { childNode, listOf, type SchemaNode, unsupportedBeside } from "./schema-node.ts";

/** What `propertyNames` says of keys: all of their names, or a pattern, or nothing. */
export interface KeyNames {
  readonly names?: readonly string[];
  readonly pattern?: string;
}

/** Reads `propertyNames`; undefined when the schema has none. */
export function keyNames(node: SchemaNode): KeyNames | undefined {
  if (node.schema.propertyNames === undefined) return undefined;
  const names = childNode(node, node.schema.propertyNames, "*");
  for (const keyword of Object.keys(names.schema)) {
    if (!["type", "enum", "const", "pattern"].includes(keyword)) {
      throw unsupportedBeside(names, keyword, "propertyNames");
    }
  }
  const { pattern } = names.schema;
  if ("const" in names.schema) return { names: [keyName(names, names.schema.const)] };
  if ("enum" in names.schema) return { names: listOf(names, "enum").map((name) => keyName(names, name)) };
  return typeof pattern === "string" ? { pattern } : {};
}

function keyName({ keys }: SchemaNode, name: unknown): string {
  if (typeof name === "string") return name;
  throw new MdlSchemaError(keys, `the key ${JSON.stringify(name)}`, "use strings as keys");
}
