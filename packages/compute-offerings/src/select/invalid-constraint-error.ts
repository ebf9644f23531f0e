import { ConduitError } from "@conduit/types";

/** A constraint that no offering could ever meet, or that means nothing. */
export class InvalidConstraintError extends ConduitError {
  static readonly code = "INVALID_CONSTRAINT";
  readonly code = "INVALID_CONSTRAINT";
  /** Name of the constraint, such as `numGpus`. */
  declare readonly constraint: string;

  constructor(constraint: string, expected: string, found: string) {
    super(`Expected the constraint ${constraint} to be ${expected}, found ${found}.`);
    this.constraint = constraint;
  }
}
