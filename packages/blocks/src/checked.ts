import { isStandardJsonSchema, type OutputOf, type Schema } from "@conduit/types";
import { type TSchema, type TUnsafe, Type } from "typebox";

/**
 * The schema of a value that `schema` has already validated, as a part of a TypeBox schema. Schemas of other libraries cannot be
 * such a part, and may have transformed the value, so they are not checked again.
 */
export function checked<S extends Schema>(schema: S): TUnsafe<OutputOf<S>> {
  return Type.Unsafe<OutputOf<S>>(isStandardJsonSchema(schema) ? Type.Unknown() : (schema as TSchema));
}
