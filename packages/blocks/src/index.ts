// Blocks
export type { BlockOptions } from "./block.ts";
export { Block } from "./block.ts";
export type { BlockContext, EmittedEvent } from "./block-context.ts";
export { NoOp } from "./no-op.ts";
export { pipe } from "./pipe/pipe.ts";
export type { JoinedSteps, PipeSteps } from "./pipe/seam.ts";
export type { RunArguments } from "./run-arguments.ts";
// What blocks ask of their input
export type { Requires } from "./protocols/requires.ts";
export { SupportsFileContent } from "./protocols/supports-file-content.ts";
export { SupportsShellCommand } from "./protocols/supports-shell-command.ts";
export { SupportsSqlCommand } from "./protocols/supports-sql-command.ts";
// System commands
export type { AllowedCommand } from "./system-command/allowed-command.ts";
export type { ResourceLimits } from "./system-command/resource-limits.ts";
export { SystemCommandBlock } from "./system-command/system-command-block.ts";
export { SystemCommandOperation } from "./system-command/system-command-operation.ts";
export type { SystemCommandOptions } from "./system-command/system-command-options.ts";
// Functions, HTTP, databases and files
export type { FileSystemOptions } from "./file-system/file-options.ts";
export { FileSystemOperation } from "./file-system/file-system-operation.ts";
export type { FileFormat, FileSystemReadOptions } from "./file-system/file-system-read-block.ts";
export { FileSystemReadBlock } from "./file-system/file-system-read-block.ts";
export type { FileSystemWriteOptions } from "./file-system/file-system-write-block.ts";
export { FileSystemWriteBlock } from "./file-system/file-system-write-block.ts";
export type { BlockFunction } from "./function/function-block.ts";
export { FunctionBlock } from "./function/function-block.ts";
export { HttpGetBlock } from "./http/http-get-block.ts";
export { HttpFailure, HttpOperation } from "./http/http-operation.ts";
export type { HttpOptions } from "./http/http-options.ts";
export type { HttpPostOptions } from "./http/http-post-block.ts";
export { HttpPostBlock } from "./http/http-post-block.ts";
export type { SqlOptions } from "./sql/sql-options.ts";
export { SqlFailure, SqlOperation } from "./sql/sql-operation.ts";
export type { PostgresOptions } from "./sql/postgres/postgres-block.ts";
export { PostgresBlock } from "./sql/postgres/postgres-block.ts";
export type { Sqlite3Options } from "./sql/sqlite3/sqlite3-block.ts";
export { Sqlite3Block } from "./sql/sqlite3/sqlite3-block.ts";
// Errors
export type { InvalidBlockOptionsErrorOptions } from "./invalid-block-options-error.ts";
export { InvalidBlockOptionsError } from "./invalid-block-options-error.ts";
export type { SchemaMismatchErrorOptions, SchemaSide } from "./schema-mismatch-error.ts";
export { SchemaMismatchError } from "./schema-mismatch-error.ts";
export type { CommandStartErrorOptions } from "./system-command/command-start-error.ts";
export { CommandStartError } from "./system-command/command-start-error.ts";
export { BlockDisposedError, SqlDriverError, SqlSchemaFileError } from "./sql/sql-errors.ts";
