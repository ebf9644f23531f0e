import type { InputOf, OutputOf, Schema } from "@conduit/types";

/** Data that a schema took: as it was written, and as the schema made it. */
export interface Validated<S extends Schema = Schema> {
  readonly written: InputOf<S>;
  readonly value: OutputOf<S>;
}
