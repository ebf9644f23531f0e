import { compileSchema, type Schema } from "@conduit/types";
import { MdlSchemaError } from "../mdl-schema-error.ts";
import { memoized } from "../memoized.ts";
import { buildShape } from "./build-shape.ts";
import { partsOf } from "./parts.ts";
import { readSource, type SchemaNote } from "./schema-source.ts";
import type { Definition, Shape } from "./shape.ts";

/** What a schema is to this package. */
export interface SchemaShape {
  readonly root: Shape;
  /** What is shared or recursive, each after those within it; `Root` is not among them. */
  readonly definitions: readonly Definition[];
  /** Keywords that constrain nothing, because no draft of JSON Schema has them. */
  readonly notes: readonly SchemaNote[];
}

/**
 * The shape of a schema; the same schema object is walked once.
 *
 * @throws {@link MdlSchemaError} naming the path of what MDL does not have.
 */
export const shapeOf: (schema: Schema) => SchemaShape = memoized((schema) => {
  const { jsonSchema } = compileSchema(schema);
  const read = (alone: ReadonlySet<unknown>) => {
    const source = readSource(jsonSchema, alone);
    const root = buildShape(jsonSchema, { keys: [], source, base: jsonSchema, depth: 0 });
    return { root, notes: source.notes, ...source.finish(root) };
  };
  const first = read(new Set());
  // What is referred to once can be known only now, and takes part in what it stands in from the start.
  let { root, definitions, notes } = first.alone.size > 0 ? read(first.alone) : first;
  if (root.kind === "never") throw new MdlSchemaError([], "a schema that no value fits", "give it a type");
  // A schema that is nothing but one of its definitions is that definition.
  if (root.kind === "reference" && definitions.includes(root.definition)) {
    const { kind: _, definition, ...annotations } = root;
    definition.name = "Root";
    definitions = definitions.filter((other) => other !== definition);
    root = Object.assign(definition.shape, annotations);
  }
  for (const part of [root, ...definitions.map((definition) => definition.shape)]) refuseCircle(part, []);
  return { root, definitions, notes };
});

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
  if (shape.kind === "list" || shape.kind === "object") return;
  const parts = shape.kind === "reference" ? [shape.definition.shape] : partsOf(shape);
  for (const part of parts) refuseCircle(part, [...within, shape]);
}
