import { ConduitError, type Usage } from "@conduit/types";

export interface OutputTruncatedErrorOptions {
  readonly model: string;
  readonly partialText: string;
  readonly usage: Usage;
}

/** The token limit cut an answer off before it was a whole value. */
export class OutputTruncatedError extends ConduitError {
  static readonly code = "OUTPUT_TRUNCATED";
  readonly code = OutputTruncatedError.code;
  readonly model: string;
  /** What the model had written until then. */
  readonly partialText: string;
  readonly usage: Usage;

  constructor({ model, partialText, usage }: OutputTruncatedErrorOptions) {
    super(
      `${model} was cut off after ${usage.outputTokens} tokens, before its answer was complete. ` +
        "Raise maxTokens (or the model's maxModelLen), or bound the output schema with maxItems and maxLength.",
    );
    this.model = model;
    this.partialText = partialText;
    this.usage = usage;
  }
}
