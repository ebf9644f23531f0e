import { ConduitError } from "@conduit/types";

/** A number format that is not known here. */
export class UnknownDtypeError extends ConduitError {
  static readonly code = "UNKNOWN_DTYPE";
  readonly code = "UNKNOWN_DTYPE";
  declare readonly dtype: string;

  constructor(option: string, dtype: string, known: readonly string[]) {
    super(`Expected ${option} to be one of ${known.join(", ")}, found "${dtype}".`);
    this.dtype = dtype;
  }
}
