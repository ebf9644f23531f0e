import { median, sum } from "../report/statistics.ts";
import type { PeerMeasure } from "./measure-peers.ts";
import { isRefusal, type SchemaMeasure, type TokenCount } from "./measure-schema.ts";

/** MDL against JSON Schema over some schemas, those that MDL refuses left out; 1 is as many tokens. */
export interface TokenRatios {
  readonly schemas: number;
  readonly refused: number;
  readonly median: number;
  readonly sum: number;
  /** What is neither a name nor kept text, over all schemas. */
  readonly syntax: number;
  /** The same three against JSON Schema without what MDL drops. */
  readonly stripped: Ratio & { readonly syntax: number };
}

/** Notations of others against JSON Schema, over the schemas that all notations have. */
export interface PeerRatios {
  readonly schemas: number;
  readonly mdl: Ratio;
  readonly baml: Ratio;
  readonly typescript: Ratio;
}

interface Ratio {
  readonly median: number;
  readonly sum: number;
}

/** The ratios of MDL to JSON Schema. */
export function tokenRatios(measures: readonly SchemaMeasure[]): TokenRatios {
  const rows = measures.flatMap(({ mdl, ...rest }) => (isRefusal(mdl) ? [] : [{ ...rest, mdl }]));
  const syntax = ratio(rows.map(({ mdl, jsonSchema }) => [mdl.syntaxTokens, jsonSchema.syntaxTokens]));
  const strippedSyntax = ratio(rows.map(({ mdl, stripped }) => [mdl.syntaxTokens, stripped.syntaxTokens]));
  return {
    schemas: rows.length,
    refused: measures.length - rows.length,
    ...ratio(rows.map(({ mdl, jsonSchema }) => [mdl.tokens, jsonSchema.tokens])),
    syntax: syntax.sum,
    stripped: {
      ...ratio(rows.map(({ mdl, stripped }) => [mdl.tokens, stripped.tokens])),
      syntax: strippedSyntax.sum,
    },
  };
}

/** The ratios of all notations to JSON Schema, beside each other. */
export function peerRatios(measures: readonly (SchemaMeasure & PeerMeasure)[]): PeerRatios {
  const rows = measures.filter(({ mdl, bamlTokens }) => !isRefusal(mdl) && !isRefusal(bamlTokens));
  const against = (tokens: (row: SchemaMeasure & PeerMeasure) => number) =>
    ratio(rows.map((row) => [tokens(row), row.jsonSchema.tokens]));
  return {
    schemas: rows.length,
    mdl: against(({ mdl }) => (mdl as TokenCount).tokens),
    baml: against(({ bamlTokens }) => bamlTokens as number),
    typescript: against(({ typescriptTokens }) => typescriptTokens),
  };
}

/** How many schemas were refused for each reason, most frequent first. */
export function refusals(counts: readonly (TokenCount | number | { readonly refused: string })[]) {
  const reasons = new Map<string, number>();
  for (const count of counts) {
    if (isRefusal(count)) reasons.set(count.refused, (reasons.get(count.refused) ?? 0) + 1);
  }
  return [...reasons].sort(([, a], [, b]) => b - a);
}

function ratio(pairs: readonly (readonly [tokens: number, ofTokens: number])[]): Ratio {
  return {
    median: median(pairs.map(([tokens, ofTokens]) => tokens / ofTokens)),
    sum: sum(pairs.map(([tokens]) => tokens)) / sum(pairs.map(([, ofTokens]) => ofTokens)),
  };
}
