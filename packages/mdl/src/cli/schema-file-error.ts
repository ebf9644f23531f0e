import { ConduitError } from "@conduit/types";

/** The file that shall hold a schema cannot be read, or holds none. */
export class SchemaFileError extends ConduitError {
  static readonly code = "MDL_SCHEMA_FILE";
  readonly code = SchemaFileError.code;
}
