import { BamlType } from "../baml/baml-runtime.ts";
import { BamlUnsupportedError, bamlSource } from "../baml/baml-source.ts";
import { countTokens } from "./count-tokens.ts";
import type { Refusal } from "./measure-schema.ts";
import { typescriptNotation } from "./typescript-notation.ts";

/** What one schema costs in the notations of others. */
export interface PeerMeasure {
  readonly bamlTokens: number | Refusal;
  readonly typescriptTokens: number;
}

/** Counts the tokens of a schema in BAML's and in TypeScript's notation. */
export async function measurePeers(schema: object): Promise<PeerMeasure> {
  return { bamlTokens: bamlTokens(schema), typescriptTokens: countTokens(await typescriptNotation(schema)) };
}

function bamlTokens(schema: object): number | Refusal {
  try {
    const text = new BamlType(bamlSource(schema)).outputFormat();
    // For text as the whole answer, whatever its description.
    return text === "" ? { refused: "nothing printed" } : countTokens(text);
  } catch (error) {
    if (error instanceof BamlUnsupportedError) return { refused: error.message };
    throw error;
  }
}
