import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

export interface InvalidBlockOptionsErrorOptions extends ConduitErrorOptions {
  readonly block: string;
  readonly option: string;
}

/** A block was made with an option that it cannot work with. */
export class InvalidBlockOptionsError extends ConduitError {
  static readonly code = "INVALID_BLOCK_OPTIONS";
  readonly code = InvalidBlockOptionsError.code;
  /** Name of the block. */
  readonly block: string;
  /** Name of the option at fault. */
  readonly option: string;

  constructor(expected: string, found: unknown, options: InvalidBlockOptionsErrorOptions) {
    super(
      `${options.block} expects ${options.option} to be ${expected}, found ${typeof found === "string" ? JSON.stringify(found) : String(found)}.`,
      options,
    );
    this.block = options.block;
    this.option = options.option;
  }
}
