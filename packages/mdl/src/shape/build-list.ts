import { MdlSchemaError } from "../mdl-schema-error.ts";
import { readBounds } from "./bounds.ts";
import { childNode, listOf, type SchemaNode, unsupportedBeside, untyped } from "./schema-node.ts";
import type { Shape } from "./shape.ts";
import type { ShapeBuilder } from "./shape-builder.ts";

/** Builds a list, or a tuple in the notation of draft 2020-12 (`prefixItems`) or of TypeBox (a list of `items`). */
export function buildList(node: SchemaNode, buildShape: ShapeBuilder): Shape {
  const { schema, keys } = node;
  if (schema.prefixItems !== undefined) return buildTuple(node, "prefixItems", "items", buildShape);
  if (Array.isArray(schema.items)) return buildTuple(node, "items", "additionalItems", buildShape);
  if (schema.items === undefined) throw untyped([...keys, "*"]);
  const items = buildShape(childNode(node, schema.items, "*"));
  return { kind: "list", items, bounds: readBounds(node, "array") };
}

function buildTuple(node: SchemaNode, prefix: string, rest: string, buildShape: ShapeBuilder): Shape {
  const { schema, keys } = node;
  const items = listOf(node, prefix).map((item, index) => buildShape(childNode(node, item, index)));
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, uniqueItems } = readBounds(node, "array");
  if (uniqueItems === true) throw unsupportedBeside(node, "uniqueItems", prefix);
  if (maxItems < items.length || minItems > items.length) {
    const remedy = `set minItems and maxItems to ${items.length}`;
    throw new MdlSchemaError(keys, `a length that ${prefix} does not have`, remedy);
  }
  const others = schema[rest];
  if (maxItems > items.length && others !== false && others !== undefined && others !== true) {
    throw unsupportedBeside(node, rest, prefix);
  }
  return { kind: "tuple", items, minItems, open: maxItems > items.length && others !== false };
}
