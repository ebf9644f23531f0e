import { InvalidModelConfigJsonError } from "./invalid-model-config-json-error.ts";

/** Strings as they stand, or a number that JSON lacks and Python writes all the same. */
const STRING_OR_PYTHON_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b/g;

/**
 * Parses the text of a `config.json`, or of another file with that name beside it, in which Python may have written `Infinity` or `NaN`; they become null.
 *
 * @throws {@link InvalidModelConfigJsonError} where it is no JSON beside that.
 */
export function parseConfigJsonText(text: string, file?: string): unknown {
  const json = text.replace(STRING_OR_PYTHON_NUMBER, (match) => (match.startsWith('"') ? match : "null"));
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InvalidModelConfigJsonError(".", "JSON", text, { cause, ...(file && { file }) });
  }
}
