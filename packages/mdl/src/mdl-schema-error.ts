import { ConduitError, type ConduitErrorOptions } from "@conduit/types";
import { jsonPointer, type Keys, place } from "./json-pointer.ts";

/** A schema says something that MDL cannot express. */
export class MdlSchemaError extends ConduitError {
  static readonly code = "MDL_SCHEMA";
  readonly code = "MDL_SCHEMA";
  /** JSON Pointer of the values that the schema describes, `*` standing for every element; empty for the whole value. */
  readonly path: string;
  /** What the schema has there. */
  readonly found: string;

  constructor(keys: Keys, found: string, remedy: string, options?: ConduitErrorOptions) {
    const path = jsonPointer(keys);
    super(`Expected a schema that MDL can express, found ${found} at ${place(path)}: ${remedy}.`, options);
    this.path = path;
    this.found = found;
  }
}
