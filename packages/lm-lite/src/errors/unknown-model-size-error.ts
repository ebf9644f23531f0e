import { ConduitError } from "@conduit/types";

/** A machine has to be chosen for a model, and how large that is could not be read. */
export class UnknownModelSizeError extends ConduitError {
  static readonly code = "UNKNOWN_MODEL_SIZE";
  readonly code = "UNKNOWN_MODEL_SIZE";
  declare readonly model: string;

  constructor(model: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `expected to read how large ${model} is, to choose a machine that holds it, but: ${reason} ` +
        "See that it can be read from here (HF_TOKEN for a model behind a licence), or name machines yourself with offerings",
      { cause },
    );
    this.model = model;
  }
}
