import type { Usage } from "@conduit/types";

/** What a model's tokens cost, in US dollars for a million of them. */
export interface TokenPrice {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
}

/** Prices by the name under which blocks use a model. */
export type TokenPrices = Readonly<Record<string, TokenPrice>>;

/** What tokens cost in US dollars; `undefined` where the model has no price. */
export function costUsdOf(
  { inputTokens, outputTokens }: Usage,
  price: TokenPrice | undefined,
): number | undefined {
  if (price === undefined) return undefined;
  return (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1_000_000;
}
