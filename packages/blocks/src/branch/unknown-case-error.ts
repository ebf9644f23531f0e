import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

export interface UnknownCaseErrorOptions extends ConduitErrorOptions {
  readonly block: string;
  readonly chosen: string;
  readonly cases: readonly string[];
}

/** The function that chooses for a branch gave a name that none of its blocks has. */
export class UnknownCaseError extends ConduitError {
  static readonly code = "UNKNOWN_CASE";
  readonly code = UnknownCaseError.code;
  /** Name of the branch. */
  readonly block: string;
  readonly chosen: string;
  readonly cases: readonly string[];

  constructor({ block, chosen, cases, ...options }: UnknownCaseErrorOptions) {
    super(
      `${block} expects one of its cases to be chosen (${cases.join(", ")}), found ${JSON.stringify(chosen)}. ` +
        "Add a block of that name, or choose another one.",
      options,
    );
    this.block = block;
    this.chosen = chosen;
    this.cases = cases;
  }
}
