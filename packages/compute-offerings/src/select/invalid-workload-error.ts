import { ConduitError } from "@conduit/types";

/** A workload that says nothing that can be planned. */
export class InvalidWorkloadError extends ConduitError {
  static readonly code = "INVALID_WORKLOAD";
  readonly code = "INVALID_WORKLOAD";

  constructor(expected: string, found: string) {
    super(`Expected ${expected}, found ${found}.`);
  }
}
