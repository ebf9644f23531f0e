import { countTokens as countPlain } from "gpt-tokenizer/encoding/o200k_base";

/** Text that looks like one of a model's control tokens is counted as the text that it is. */
const asPlainText = { disallowedSpecial: new Set<string>() };

/** Number of o200k_base tokens of a text. */
export function countTokens(text: string): number {
  return countPlain(text, asPlainText);
}
