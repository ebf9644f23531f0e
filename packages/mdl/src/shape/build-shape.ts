import { MdlSchemaError } from "../mdl-schema-error.ts";
import { readBounds } from "./bounds.ts";
import { buildList } from "./build-list.ts";
import { buildLiteral } from "./build-literal.ts";
import { buildObject } from "./build-object.ts";
import { buildUnion, joinMembers } from "./build-union.ts";
import { decidingKeyword } from "./keywords.ts";
import { listOf, type SchemaNode, untyped } from "./schema-node.ts";
import type { Annotations, Shape } from "./shape.ts";

/**
 * Builds the shape of a JSON Schema node; a null alone is refused, since it says nothing.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function buildShape(node: SchemaNode): Shape {
  const shape = buildMember(node);
  if (shape.kind === "null") {
    throw new MdlSchemaError(
      node.keys,
      "null as the only value",
      "make it a union with null, or leave it out",
    );
  }
  return shape;
}

/** Builds the shape of a node that may be null alone, because it stands in a union. */
function buildMember(node: SchemaNode): Shape {
  const shape = buildPlain(node);
  return Object.assign(shape, annotationsOf(node));
}

function buildPlain(node: SchemaNode): Shape {
  switch (decidingKeyword(node)) {
    case "anyOf":
    case "oneOf":
      return buildUnion(node, buildMember);
    case "const":
    case "enum":
      return buildLiteral(node);
    case "type":
      return Array.isArray(node.schema.type)
        ? joinMembers(
            node.keys,
            listOf(node, "type").map((type) => buildTyped(node, type)),
          )
        : buildTyped(node, node.schema.type);
    case undefined:
      throw untyped(node.keys);
  }
}

function buildTyped(node: SchemaNode, type: unknown): Shape {
  switch (type) {
    case "string":
      return { kind: "str", bounds: readBounds(node, "string") };
    case "integer":
      return { kind: "int", bounds: readBounds(node, "number") };
    case "number":
      return { kind: "float", bounds: readBounds(node, "number") };
    case "boolean":
      return { kind: "bool" };
    case "null":
      return { kind: "null" };
    case "array":
      return buildList(node, buildShape);
    case "object":
      return buildObject(node, buildShape);
    default:
      throw new MdlSchemaError(
        node.keys,
        `the type ${JSON.stringify(type)}`,
        "use string, integer, number, boolean, null, array or object",
      );
  }
}

function annotationsOf({ schema }: SchemaNode): Annotations {
  return {
    ...(typeof schema.title === "string" && { title: schema.title }),
    ...(typeof schema.description === "string" && { description: schema.description }),
  };
}
