import type { JsonValue } from "@conduit/types";

/** A name that is written bare: of a key, or of a definition. */
export const nameWord = /[\p{L}_$][\p{L}\p{N}_$.-]*/uy;

/** A default that is written bare. */
export const defaultWord = /(?!(?:true|false|null)(?![\p{L}\p{N}_$.-]))[\p{L}_$][\p{L}\p{N}_$.-]*/uy;

/** A text that `Literal` can hold without quotes. */
export const literalWord = /(?!(?:true|false|null)(?:[\s"[\],]|$))[\p{L}_$][^\s"[\],]*/uy;

/** A format that is written bare, but for what could be taken for another constraint. */
export const formatWord = /(?!(?:unique|deprecated)$)[a-z][a-z0-9-]*/y;

/** Constraints with a mark: the mark, its keyword where it is another, and how the keywords end of the only types that take it. */
export const marks: readonly (readonly [mark: string, keyword?: string, of?: string])[] = [
  [">", "exclusiveMinimum", "imum"],
  ["<", "exclusiveMaximum", "imum"],
  ["multipleOf", "multipleOf", "imum"],
  ["unique", "uniqueItems", "Items"],
  ["readOnly"],
  ["writeOnly"],
  ["deprecated"],
];

/** The pattern of the keys of a `Dict[int, ...]` or `Dict[float, ...]`, as TypeBox writes them. */
export const keyPatterns: Readonly<Record<string, string>> = {
  integer: "^-?(?:0|[1-9][0-9]*)$",
  number: "^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$",
};

/** A value as JSON, or without quotes where it is a text that `word` matches to its end. */
export function bare(value: JsonValue, word: RegExp): string {
  return isWord(value, word) ? value : JSON.stringify(value);
}

/** A regular expression between slashes. */
export function patternText(pattern: string): string {
  const escaped = pattern.replace(/\\.|\/|\n|\r/gs, (found) => escapes[found] ?? found);
  return `/${escaped}/`;
}

const escapes: Readonly<Record<string, string>> = { "/": "\\/", "\n": "\\n", "\r": "\\r" };

/** Whether the values are several texts without space: each is two tokens less without quotes and comma. */
export function areWords(values: readonly JsonValue[]): boolean {
  return values.length > 1 && values.every((value) => isWord(value, literalWord));
}

/** `Literal[...]` with its values in JSON, or, unless it is `published`, as words. */
export function literalText(values: readonly JsonValue[], published = false): string {
  if (!published && areWords(values)) return `Literal[${values.join(" ")}]`;
  const close = values.length > 5 && !published;
  return `Literal[${values.map((value) => JSON.stringify(value)).join(close ? "," : ", ")}]`;
}

function isWord(value: JsonValue, word: RegExp): value is string {
  word.lastIndex = 0;
  return typeof value === "string" && word.exec(value)?.[0] === value;
}
