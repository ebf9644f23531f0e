import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

export interface AllBlocksFailedErrorOptions extends ConduitErrorOptions {
  readonly blocks: readonly string[];
  readonly failures: readonly string[];
}

/** A block and all that stood in for it failed; `cause` is what the last one threw. */
export class AllBlocksFailedError extends ConduitError {
  static readonly code = "ALL_BLOCKS_FAILED";
  readonly code = AllBlocksFailedError.code;
  /** Names of the blocks, in the order in which they were tried. */
  readonly blocks: readonly string[];
  /** Why each of them failed. */
  readonly failures: readonly string[];

  constructor({ blocks, failures, ...options }: AllBlocksFailedErrorOptions) {
    const reasons = blocks.map((block, index) => `${block}: ${failures[index] ?? "unknown"}`);
    super(
      `Expected a result of one of ${blocks.length} blocks, but all failed. ${reasons.join("; ")}`,
      options,
    );
    this.blocks = blocks;
    this.failures = failures;
  }
}
