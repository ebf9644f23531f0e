/** What the language has beyond the compiler's library: the text of numbers, as it was and as it will be. */
interface RawJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}

/** `JSON`, where numbers can keep their text. */
export const rawJson = JSON as unknown as RawJson;
