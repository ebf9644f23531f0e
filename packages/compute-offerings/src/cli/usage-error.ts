import { ConduitError } from "@conduit/types";

/** The command was called with arguments that it does not take. */
export class UsageError extends ConduitError {
  static readonly code = "COMPUTE_OFFERINGS_USAGE";
  readonly code = "COMPUTE_OFFERINGS_USAGE";
}
