import { compileSchema, type Schema } from "@conduit/types";
import { buildShape } from "./build-shape.ts";
import { schemaNode } from "./schema-node.ts";
import type { Shape } from "./shape.ts";

const cache = new WeakMap<object, Shape>();

/**
 * The shape of a schema; the same schema object is walked once.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function shapeOf(schema: Schema): Shape {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const shape = buildShape(schemaNode(compileSchema(schema).jsonSchema, []));
  cache.set(schema, shape);
  return shape;
}
