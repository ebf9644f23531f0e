// Blocks
export type { BlockOptions } from "./block.ts";
export { Block } from "./block.ts";
export type { BlockContext, EmittedEvent } from "./block-context.ts";
export { NoOp } from "./no-op.ts";
export { pipe } from "./pipe/pipe.ts";
export type { RunArguments } from "./run-arguments.ts";
// Errors
export type { SchemaMismatchErrorOptions, SchemaSide } from "./schema-mismatch-error.ts";
export { SchemaMismatchError } from "./schema-mismatch-error.ts";
