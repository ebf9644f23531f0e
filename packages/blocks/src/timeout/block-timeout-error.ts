import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

export interface BlockTimeoutErrorOptions extends ConduitErrorOptions {
  readonly block: string;
  readonly timeoutSeconds: number;
}

/** A block had no result within the time that `timeout` gives it. */
export class BlockTimeoutError extends ConduitError {
  static readonly code = "BLOCK_TIMEOUT";
  readonly code = BlockTimeoutError.code;
  /** Name of the block. */
  readonly block: string;
  readonly timeoutSeconds: number;

  constructor({ block, timeoutSeconds, ...options }: BlockTimeoutErrorOptions) {
    super(
      `${block} had to have a result within ${timeoutSeconds} seconds and had none. Give it more time, or less to do.`,
      options,
    );
    this.block = block;
    this.timeoutSeconds = timeoutSeconds;
  }
}
