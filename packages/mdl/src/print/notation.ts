import type { JsonValue } from "@conduit/types";
import type { Shape } from "../shape/shape.ts";

/** A name that is written bare: of a key, or of a definition. */
export const name = /[\p{L}_$][\p{L}\p{N}_$.-]*/uy;

/** A format that is written bare, and what could be taken for another constraint. */
const word = /[a-z][a-z0-9-]*/y;

/** Marks of a type that are written among its constraints. */
export const flags = ["readOnly", "writeOnly", "deprecated"];

/** Constraints with a mark: the mark, its keyword, and how the keywords end of the only types that take it. */
export const marks: readonly (readonly [mark: string, keyword: string, of?: string])[] = [
  [">", "exclusiveMinimum", "imum"],
  ["<", "exclusiveMaximum", "imum"],
  ["multipleOf", "multipleOf", "imum"],
  ["unique", "uniqueItems", "Items"],
  ...flags.map((flag) => [flag, flag] as const),
];

/** The pattern of the keys of a `Dict[int, ...]` or `Dict[float, ...]`, as TypeBox writes them. */
export const keyPatterns = {
  integer: "^-?(?:0|[1-9][0-9]*)$",
  number: "^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$",
} as const;

/** A key as MDL writes it: bare where that is unambiguous, else as a JSON string. */
export function keyText(key: string): string {
  return matchesWhole(name, key) ? key : JSON.stringify(key);
}

/** A format as MDL writes it. */
export function formatText(format: string): string {
  const bare = matchesWhole(word, format) && format !== "unique" && format !== "deprecated";
  return bare ? format : JSON.stringify(format);
}

/** A regular expression between slashes. */
export function patternText(pattern: string): string {
  const escaped = pattern.replace(/\\.|\/|\n|\r/gs, (found) => escapes[found] ?? found);
  return `/${escaped}/`;
}

const escapes: Readonly<Record<string, string>> = { "/": "\\/", "\n": "\\n", "\r": "\\r" };

/** A text that `Literal` can hold without quotes. */
export const literalWord = /(?!(?:true|false|null)(?:[\s"[\],]|$))[\p{L}_$][^\s"[\],]*/uy;

/** Whether the values are several texts without space: each is two tokens less without quotes and comma. */
export function areWords(values: readonly JsonValue[]): values is readonly string[] {
  return (
    values.length > 1 &&
    values.every((value) => typeof value === "string" && matchesWhole(literalWord, value))
  );
}

/** A default as MDL writes it: JSON, or a text that could be a name without its quotes. */
export function defaultText(value: JsonValue): string {
  const bare = typeof value === "string" && matchesWhole(name, value) && !/^(?:true|false|null)$/.test(value);
  return bare ? value : JSON.stringify(value);
}

/** `Literal[...]` with its values in JSON, or, unless it is `published`, as words. */
export function literalText(values: readonly JsonValue[], published: boolean): string {
  if (!published && areWords(values)) return `Literal[${values.join(" ")}]`;
  const close = values.length > 5 && !published;
  return `Literal[${values.map((value) => JSON.stringify(value)).join(close ? "," : ", ")}]`;
}

/** The description of a shape as a comment, which ends with its line; undefined where there is none. */
export function commentOf({ description }: Shape): string | undefined {
  return description?.replace(/\s+/g, " ").trim() || undefined;
}

function matchesWhole(sticky: RegExp, text: string): boolean {
  sticky.lastIndex = 0;
  return sticky.exec(text)?.[0] === text;
}
