import type { JsonObject, Schema } from "@conduit/types";
import type { NumberShape, ObjectShape, RecordShape, Shape, TupleShape } from "./shape/shape.ts";
import { shapeOf } from "./shape/shape-of.ts";

/** How {@link toJsonSchema} treats what a schema leaves open. */
export interface ToJsonSchemaOptions {
  /**
   * Whether what the schema leaves open is shut, so that a model writes nothing but what the type names: objects and tuples
   * get no more members, and numbers that could have any number of digits stay between `Number.MIN_SAFE_INTEGER` and
   * `Number.MAX_SAFE_INTEGER`, where JavaScript reads what was written. Default true.
   */
  readonly closed?: boolean | undefined;
}

/**
 * Writes a schema as the JSON Schema (draft 2020-12) that grammar engines take: keys in the order of the schema, bounds
 * kept, nothing of the library it was written with.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL cannot express.
 */
export function toJsonSchema(schema: Schema, { closed = true }: ToJsonSchemaOptions = {}): JsonObject {
  return print(shapeOf(schema), closed);
}

function print(shape: Shape, closed: boolean): JsonObject {
  const { title, description } = shape;
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...printPlain(shape, closed),
  };
}

function printPlain(shape: Shape, closed: boolean): JsonObject {
  switch (shape.kind) {
    case "str":
      return { type: "string", ...shape.bounds };
    case "int":
      return { type: "integer", ...(closed ? finite(shape.bounds) : shape.bounds) };
    case "float":
      return { type: "number", ...(closed ? finite(shape.bounds) : shape.bounds) };
    case "bool":
      return { type: "boolean" };
    case "null":
      return { type: "null" };
    case "literal":
      return { enum: shape.values };
    case "list":
      return { type: "array", items: print(shape.items, closed), ...shape.bounds };
    case "tuple":
      return printTuple(shape, closed);
    case "record":
      return printRecord(shape, closed);
    case "object":
      return printObject(shape, closed);
    case "union":
      return { [shape.exclusive ? "oneOf" : "anyOf"]: shape.members.map((member) => print(member, closed)) };
  }
}

function finite(bounds: NumberShape["bounds"]): JsonObject {
  // Grammar engines take a multiple within a range only where the range is small.
  if (bounds.multipleOf !== undefined) return bounds;
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = bounds;
  return {
    ...(minimum === undefined && exclusiveMinimum === undefined && { minimum: Number.MIN_SAFE_INTEGER }),
    ...(maximum === undefined && exclusiveMaximum === undefined && { maximum: Number.MAX_SAFE_INTEGER }),
    ...bounds,
  };
}

function printTuple({ items, minItems, open }: TupleShape, closed: boolean): JsonObject {
  return {
    type: "array",
    prefixItems: items.map((item) => print(item, closed)),
    ...(closed || !open ? { items: false } : {}),
    ...(minItems > 0 && { minItems }),
  };
}

function printRecord({ key, value, open, bounds }: RecordShape, closed: boolean): JsonObject {
  const values = print(value, closed);
  if (key.pattern === undefined) return { type: "object", additionalProperties: values, ...bounds };
  return {
    type: "object",
    patternProperties: { [key.pattern]: values },
    ...(closed || !open ? { additionalProperties: false } : {}),
    ...bounds,
  };
}

function printObject({ fields, open, bounds }: ObjectShape, closed: boolean): JsonObject {
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map((field) => [field.name, print(field.shape, closed)])),
    ...(required.length > 0 && { required }),
    ...(closed || !open ? { additionalProperties: false } : {}),
    ...bounds,
  };
}
