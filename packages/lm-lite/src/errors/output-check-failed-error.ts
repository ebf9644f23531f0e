import { ConduitError, type Usage } from "@conduit/types";

export interface OutputCheckFailedErrorOptions {
  readonly model: string;
  readonly answers: readonly string[];
  readonly usage: Usage;
  /** What the schema threw. */
  readonly cause: unknown;
}

/** The output schema threw while it checked or transformed an answer, so that nobody knows whether it is of the type. */
export class OutputCheckFailedError extends ConduitError {
  static readonly code = "OUTPUT_CHECK_FAILED";
  readonly code = OutputCheckFailedError.code;
  readonly model: string;
  /** How often the model was asked. */
  readonly tries: number;
  /** What it wrote, try by try, reasoning aside; the schema threw at the last. */
  readonly answers: readonly string[];
  /** Of all tries together. */
  readonly usage: Usage;

  constructor({ model, answers, usage, cause }: OutputCheckFailedErrorOptions) {
    super(
      `Expected the output schema to take an answer of ${model} or to refuse it, found that it threw: ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Let its refinements and transformations add issues instead.`,
      { cause },
    );
    this.model = model;
    this.tries = answers.length;
    this.answers = answers;
    this.usage = usage;
  }
}
