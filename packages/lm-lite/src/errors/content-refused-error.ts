import { ConduitError, type Usage } from "@conduit/types";

export interface ContentRefusedErrorOptions {
  readonly model: string;
  readonly refusal: string | undefined;
  readonly partialText: string;
  readonly tries: number;
  readonly usage: Usage;
}

/** A model refused to answer, or a content filter ended its answer. */
export class ContentRefusedError extends ConduitError {
  static readonly code = "CONTENT_REFUSED";
  readonly code = ContentRefusedError.code;
  readonly model: string;
  /** What the model said instead of an answer; undefined where it was a filter. */
  readonly refusal: string | undefined;
  /** What the model had written until then. */
  readonly partialText: string;
  /** How often the model was asked; the last answer was refused, the ones before it were not of the type. */
  readonly tries: number;
  /** Of all tries together. */
  readonly usage: Usage;

  constructor({ model, refusal, partialText, tries, usage }: ContentRefusedErrorOptions) {
    super(
      refusal === undefined
        ? `Expected a value of ${model}, found that a content filter ended its answer. Ask for other content, or ask another model.`
        : `Expected a value of ${model}, found that it refused to answer: ${refusal} Ask for other content, or ask another model.`,
    );
    this.model = model;
    this.refusal = refusal;
    this.partialText = partialText;
    this.tries = tries;
    this.usage = usage;
  }
}
