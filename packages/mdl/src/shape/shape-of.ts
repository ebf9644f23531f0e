import { compileSchema, type Schema } from "@conduit/types";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { buildShape } from "./build-shape.ts";
import { type SchemaNote, SchemaSource } from "./schema-source.ts";
import type { Definition, Shape } from "./shape.ts";

/** What a schema is to this package. */
export interface SchemaShape {
  readonly root: Shape;
  /** What is shared or recursive, each after those within it; `Root` is not among them. */
  readonly definitions: readonly Definition[];
  /** Keywords that constrain nothing, because no draft of JSON Schema has them. */
  readonly notes: readonly SchemaNote[];
}

const cache = new WeakMap<object, SchemaShape>();

/**
 * The shape of a schema; the same schema object is walked once.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL does not have.
 */
export function shapeOf(schema: Schema): SchemaShape {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const { jsonSchema } = compileSchema(schema);
  const build = (source: SchemaSource) => buildShape(jsonSchema, { keys: [], source, base: jsonSchema });
  let source = new SchemaSource(jsonSchema);
  let root = build(source);
  // What is referred to once can be known only now, and takes part in what it stands in from the start.
  const alone = source.alone(root);
  if (alone.size > 0) {
    source = new SchemaSource(jsonSchema, alone);
    root = build(source);
  }
  if (root.kind === "never") throw new MdlSchemaError([], "a schema that no value fits", "give it a type");
  let definitions = source.finish(root);
  // A schema that is nothing but one of its definitions is that definition.
  if (root.kind === "reference" && definitions.includes(root.definition)) {
    const { kind: _, definition, ...annotations } = root;
    definition.name = "Root";
    definitions = definitions.filter((other) => other !== definition);
    root = Object.assign(definition.shape, annotations);
  }
  for (const part of [root, ...definitions.map((definition) => definition.shape)]) refuseCircle(part, []);
  const shape: SchemaShape = { root, definitions, notes: source.notes };
  cache.set(schema, shape);
  return shape;
}

/**
 * Keywords of a schema that constrain nothing, because no draft of JSON Schema has them; a misspelt keyword is among them.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL does not have.
 */
export function schemaNotes(schema: Schema): readonly SchemaNote[] {
  return shapeOf(schema).notes;
}

/** Refuses what is, by way of references, a part of itself, with no key or item between. */
function refuseCircle(shape: Shape, within: readonly Shape[]): void {
  if (within.includes(shape)) {
    throw new MdlSchemaError([], "a reference that leads back to itself", "put a key or a list between");
  }
  const inner =
    shape.kind === "reference" ? [shape.definition.shape] : "members" in shape ? shape.members : [];
  for (const part of shape.kind === "not" ? [shape.shape] : inner) refuseCircle(part, [...within, shape]);
}
