// Blocks
export type { BlockOptions } from "./block.ts";
export { Block } from "./block.ts";
export type { BlockContext } from "./block-context.ts";
export type { EmittedEvent } from "./emitted-event.ts";
export { NoOp } from "./no-op.ts";
export type { RunArguments, RunOptions } from "./run-arguments.ts";
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
// Composition
export type { Branch, BranchCases, FittingCases } from "./branch/branch.ts";
export { branch } from "./branch/branch.ts";
export { cache } from "./cache/cache.ts";
export type { CacheOptions } from "./cache/cache-options.ts";
export type { CacheStore } from "./cache/cache-store.ts";
export type { MemoryCacheOptions } from "./cache/memory-cache.ts";
export { MemoryCache } from "./cache/memory-cache.ts";
export type { SqliteCacheOptions } from "./cache/sqlite-cache.ts";
export { SqliteCache } from "./cache/sqlite-cache.ts";
export type { BlockFailure } from "./composed/block-failure.ts";
export type { StandIns } from "./fallback/fallback.ts";
export { fallback } from "./fallback/fallback.ts";
export type { MappedBlock } from "./map/map.ts";
export { map } from "./map/map.ts";
export type { MapOptions } from "./map/map-options.ts";
export type { Parallel, ParallelParts } from "./parallel/parallel.ts";
export { parallel } from "./parallel/parallel.ts";
export { pipe } from "./pipe/pipe.ts";
export type { JoinedSteps, PipeSteps } from "./pipe/seam.ts";
export type { RetryOptions } from "./retry/retry.ts";
export { retry } from "./retry/retry.ts";
export { runPart } from "./run-part.ts";
export { tap } from "./tap/tap.ts";
export { timeout } from "./timeout/timeout.ts";
// Batches
export { batch } from "./batch/batch.ts";
export {
  BatchInputChangedError,
  BatchOutputError,
  BatchRunningError,
  TooManyFailuresError,
} from "./batch/batch-errors.ts";
export type { BatchOptions } from "./batch/batch-options.ts";
export type { BatchSummary } from "./batch/batch-summary.ts";
// What blocks tell of themselves
export type { BlockDetails, BlockPart, DescribedBlock } from "./describe/block-details.ts";
export { blockDetails } from "./describe/block-details.ts";
export type { BlockEdge, BlockGraph, BlockNode, SchemaDescription } from "./describe/describe.ts";
export { describe } from "./describe/describe.ts";
export { toMermaid } from "./describe/to-mermaid.ts";
export type { BlockObserver, BlockOutcome, BlockStart, BlockWatch } from "./observe/block-observer.ts";
export type { ConsoleReporterOptions } from "./observe/console-reporter.ts";
export { consoleReporter } from "./observe/console-reporter.ts";
export { observeBlocks } from "./observe/observe-blocks.ts";
export type { TokenPrice, TokenPrices } from "./observe/token-prices.ts";
export type { UsageMeterOptions } from "./observe/usage-meter.ts";
export { UsageMeter } from "./observe/usage-meter.ts";
// Errors
export type { AllBlocksFailedErrorOptions } from "./fallback/all-blocks-failed-error.ts";
export { AllBlocksFailedError } from "./fallback/all-blocks-failed-error.ts";
export type { BlockTimeoutErrorOptions } from "./timeout/block-timeout-error.ts";
export { BlockTimeoutError } from "./timeout/block-timeout-error.ts";
export type { UnknownCaseErrorOptions } from "./branch/unknown-case-error.ts";
export { UnknownCaseError } from "./branch/unknown-case-error.ts";
export type { InvalidBlockOptionsErrorOptions } from "./invalid-block-options-error.ts";
export { InvalidBlockOptionsError } from "./invalid-block-options-error.ts";
export type { SchemaMismatchErrorOptions, SchemaSide } from "./schema-mismatch-error.ts";
export { SchemaMismatchError } from "./schema-mismatch-error.ts";
export type { CommandStartErrorOptions } from "./system-command/command-start-error.ts";
export { CommandStartError } from "./system-command/command-start-error.ts";
export { BlockDisposedError, SqlDriverError, SqlSchemaFileError } from "./sql/sql-errors.ts";
