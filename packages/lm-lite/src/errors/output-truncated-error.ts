import { ConduitError, type ConduitErrorOptions, type Usage } from "@conduit/types";

export interface OutputTruncatedErrorOptions extends ConduitErrorOptions {
  readonly model: string;
  readonly partialText: string;
  /** Tokens of the answer that was cut off. */
  readonly outputTokens: number;
  readonly tries: number;
  readonly usage: Usage;
}

/** The token limit cut an answer off before it was a whole value. */
export class OutputTruncatedError extends ConduitError {
  static readonly code = "OUTPUT_TRUNCATED";
  readonly code = OutputTruncatedError.code;
  readonly model: string;
  /** What the model had written until then. */
  readonly partialText: string;
  /** How often the model was asked; the last answer was cut off, the ones before it were not of the type. */
  readonly tries: number;
  /** Of all tries together. */
  readonly usage: Usage;

  constructor({ model, partialText, outputTokens, tries, usage, cause }: OutputTruncatedErrorOptions) {
    super(
      `${model} was cut off by the token limit${outputTokens > 0 ? ` after ${outputTokens} tokens` : ""}, before its answer ` +
        "was complete. Raise maxTokens (or the model's maxModelLen), or bound the output schema with maxItems and maxLength.",
      { cause },
    );
    this.model = model;
    this.partialText = partialText;
    this.tries = tries;
    this.usage = usage;
  }
}
