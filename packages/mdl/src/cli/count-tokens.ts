/** Number of o200k_base tokens of a text; loads the vocabulary, some megabytes, with the first. */
export async function countTokens(text: string): Promise<number> {
  const { countTokens: count } = await import("gpt-tokenizer/encoding/o200k_base");
  // Text that looks like one of a model's control tokens is counted as the text that it is.
  return count(text, { disallowedSpecial: new Set() });
}
