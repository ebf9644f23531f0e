import { MdlSchemaError } from "../mdl-schema-error.ts";
import { readBounds } from "./bounds.ts";
import { buildRecord } from "./build-record.ts";
import { keyNames } from "./key-names.ts";
import { childNode, type SchemaNode, unsupportedBeside, untyped } from "./schema-node.ts";
import type { Field, Shape } from "./shape.ts";
import type { ShapeBuilder } from "./shape-builder.ts";

/** Builds an object with named keys, or a record when the schema names none. */
export function buildObject(node: SchemaNode, buildShape: ShapeBuilder): Shape {
  const properties = propertiesOf(node);
  const required = requiredOf(node);
  const names = Object.keys(properties);
  if (names.length === 0) {
    const record = buildRecord(node, required, buildShape);
    if (record !== undefined) return record;
    if (node.schema.properties === undefined && node.schema.additionalProperties !== false) {
      throw untyped([...node.keys, "*"]);
    }
  }
  const unnamed = required.find((name) => !Object.hasOwn(properties, name));
  if (unnamed !== undefined) throw untyped([...node.keys, unnamed]);
  const fields = names.map(
    (name): Field => ({
      name,
      shape: buildShape(childNode(node, properties[name], name)),
      optional: !required.includes(name),
    }),
  );
  return { kind: "object", fields, open: isOpen(node), bounds: readBounds(node, "object") };
}

/** The properties of a schema; a record whose keys are all known (Zod writes them as `propertyNames`) has them too. */
function propertiesOf(node: SchemaNode): Readonly<Record<string, unknown>> {
  const { properties, additionalProperties } = node.schema;
  if (properties !== undefined) {
    if (typeof properties === "object" && properties !== null) return properties as Record<string, unknown>;
    throw new MdlSchemaError(node.keys, `properties: ${JSON.stringify(properties)}`, "give it an object");
  }
  const names = keyNames(node)?.names;
  return Object.fromEntries(names?.map((name) => [name, additionalProperties ?? true]) ?? []);
}

function requiredOf({ schema, keys }: SchemaNode): readonly string[] {
  const { required = [] } = schema;
  if (Array.isArray(required) && required.every((name) => typeof name === "string")) return required;
  throw new MdlSchemaError(keys, `required: ${JSON.stringify(required)}`, "give it a list of keys");
}

/** Whether other keys are left open; what constrains them beside named keys has no place in MDL. */
function isOpen(node: SchemaNode): boolean {
  const { properties, additionalProperties: others } = node.schema;
  if (properties === undefined) return false;
  for (const keyword of ["patternProperties", "propertyNames"]) {
    if (node.schema[keyword] !== undefined) throw unsupportedBeside(node, keyword, "properties");
  }
  if (others === false) return false;
  if (others === undefined || others === true) return true;
  if (typeof others === "object" && others !== null && Object.keys(others).length === 0) return true;
  throw unsupportedBeside(node, "additionalProperties", "properties");
}
