import { MdlSchemaError, mdl, parseMdl } from "@conduit/mdl";
import type { CorpusSchema } from "./corpus.ts";
import { countTokens } from "./count-tokens.ts";
import { keptText } from "./kept-text.ts";
import { stripSchema } from "./strip-schema.ts";

/** Tokens of one text, and those of them that are the notation's own. */
export interface TokenCount {
  readonly tokens: number;
  /** Tokens of the text less the tokens of each kept piece counted alone. */
  readonly syntaxTokens: number;
}

/** Why a notation does not have a schema. */
export interface Refusal {
  readonly refused: string;
}

/** What one schema costs in JSON Schema and in MDL. */
export interface SchemaMeasure {
  readonly name: string;
  readonly collection: string;
  /** The schema as it is, without white space. */
  readonly jsonSchema: TokenCount;
  /** The same without what MDL drops. */
  readonly stripped: TokenCount;
  readonly mdl: TokenCount | Refusal;
}

/** Whether a notation does not have the schema. */
export function isRefusal(count: TokenCount | number | Refusal): count is Refusal {
  return typeof count === "object" && "refused" in count;
}

/** Counts the tokens of a schema in JSON Schema and in MDL. */
export function measureSchema({ name, collection, schema }: CorpusSchema): SchemaMeasure {
  const stripped = stripSchema(schema);
  const kept = keptText(stripped);
  return {
    name,
    collection,
    jsonSchema: split(JSON.stringify(schema), kept),
    stripped: split(JSON.stringify(stripped), kept),
    mdl: measureMdl(schema),
  };
}

function measureMdl(schema: object): TokenCount | Refusal {
  let text: string;
  try {
    text = mdl(schema);
  } catch (error) {
    if (MdlSchemaError.isInstance(error)) return { refused: error.found };
    throw error;
  }
  // What the text itself holds, and how often: MDL may write once what the schema repeats.
  return split(text, keptText(parseMdl(text)));
}

function split(text: string, kept: readonly string[]): TokenCount {
  const tokens = countTokens(text);
  return { tokens, syntaxTokens: tokens - kept.reduce((total, piece) => total + countTokens(piece), 0) };
}
