import { ConduitError, type ConduitErrorOptions } from "../conduit-error.ts";

/** A value was given as a schema that is none. */
export class InvalidSchemaError extends ConduitError {
  static readonly code = "INVALID_SCHEMA";
  readonly code = "INVALID_SCHEMA";

  constructor(found: string, options?: ConduitErrorOptions) {
    super(
      `Expected a TypeBox schema, a JSON Schema object, or a Standard Schema with JSON Schema, found ${found}.`,
      options,
    );
  }
}
