import { ConduitError } from "@conduit/types";

/** An option of an estimate is no positive whole number. */
export class InvalidEstimateOptionError extends ConduitError {
  static readonly code = "INVALID_ESTIMATE_OPTION";
  readonly code = "INVALID_ESTIMATE_OPTION";
  declare readonly option: string;

  constructor(option: string, found: number) {
    super(`Expected ${option} to be a whole number of at least 1, found ${found}.`);
    this.option = option;
  }
}
