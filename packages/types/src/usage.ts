import { type Static, Type } from "typebox";

/** Tokens that a call took. */
export const Usage = Type.Object({
  /** Tokens of the prompt, chat template included. */
  inputTokens: Type.Integer({ minimum: 0 }),
  /** Tokens that the model wrote, reasoning included. */
  outputTokens: Type.Integer({ minimum: 0 }),
  totalTokens: Type.Integer({ minimum: 0 }),
  /** Those of the output that are reasoning; absent where nobody says. */
  reasoningTokens: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type Usage = Static<typeof Usage>;

/** The usage of a call that took nothing. */
export const NO_USAGE: Usage = Object.freeze({ inputTokens: 0, outputTokens: 0, totalTokens: 0 });

/** Usage of two calls together. */
export function addUsage(a: Usage, b: Usage): Usage {
  const reasoned = [a.reasoningTokens, b.reasoningTokens].filter((tokens) => tokens !== undefined);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    ...(reasoned.length > 0 && { reasoningTokens: reasoned.reduce((sum, tokens) => sum + tokens) }),
  };
}

/** What is left of a usage without a part of it. */
export function subtractUsage(whole: Usage, part: Usage): Usage {
  const { reasoningTokens } = whole;
  return {
    inputTokens: whole.inputTokens - part.inputTokens,
    outputTokens: whole.outputTokens - part.outputTokens,
    totalTokens: whole.totalTokens - part.totalTokens,
    ...(reasoningTokens !== undefined && { reasoningTokens: reasoningTokens - (part.reasoningTokens ?? 0) }),
  };
}
