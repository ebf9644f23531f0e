import type { MdlParseError } from "@conduit/mdl";
import { ConduitError, type Usage } from "@conduit/types";

export interface GenerationFailedErrorOptions {
  readonly model: string;
  readonly answers: readonly string[];
  readonly usage: Usage;
  /** Why the last answer was refused. */
  readonly cause: MdlParseError;
}

/** A model answered with no value of the type, as often as it was asked. */
export class GenerationFailedError extends ConduitError {
  static readonly code = "GENERATION_FAILED";
  readonly code = GenerationFailedError.code;
  declare readonly cause: MdlParseError;
  readonly model: string;
  /** How often the model was asked. */
  readonly tries: number;
  /** What it wrote, try by try, reasoning aside. */
  readonly answers: readonly string[];
  /** Of all tries together. */
  readonly usage: Usage;

  constructor({ model, answers, usage, cause }: GenerationFailedErrorOptions) {
    super(
      `${model} gave no value of the type in ${answers.length === 1 ? "one try" : `${answers.length} tries`}. ` +
        `In the last, at ${cause.path || "the top level"}: expected ${cause.expected}, found ${cause.found}. ` +
        "Say in the guidance what is meant, simplify the output schema, raise maxRetries, or ask another model.",
      { cause },
    );
    this.model = model;
    this.tries = answers.length;
    this.answers = answers;
    this.usage = usage;
  }
}
