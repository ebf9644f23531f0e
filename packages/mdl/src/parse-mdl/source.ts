import type { JsonValue } from "@conduit/types";
import { MdlSyntaxError } from "../mdl-syntax-error.ts";
import { setOwn } from "../own-property.ts";

/** A schema while it is read. */
export type Draft = Record<string, JsonValue>;

/** A text that is being read. */
export interface Source {
  readonly text: string;
  /** The place in it. */
  offset: number;
  /** What a comment at the end of this line describes; undefined where a line starts. */
  lineOwner?: Draft | undefined;
  /** How many types are open around this place. */
  depth: number;
  /** Names that were referred to, and where. */
  readonly references: [name: string, offset: number][];
}

const scalar = /-?\d[\d.eE+-]*|true|false|null/y;
const partOfStructure = /"(?:[^"\\\n]|\\.)*"|[^"[\]{}\n]+|[[\]{}]/y;

/** Refuses what stands at `offset`, where `expected` could stand. */
export function fail(source: Source, expected: string, offset = source.offset): never {
  throw new MdlSyntaxError(source.text, offset, expected);
}

/** Steps over what a sticky expression matches here, and gives it. */
export function match(source: Source, sticky: RegExp): string | undefined {
  sticky.lastIndex = source.offset;
  const found = sticky.exec(source.text)?.[0];
  if (found !== undefined) source.offset = sticky.lastIndex;
  return found;
}

/** Steps over what a sticky expression matches here and over the space after it, and gives the match. */
export function readWord(source: Source, sticky: RegExp): string | undefined {
  const found = match(source, sticky);
  if (found !== undefined) skipSpace(source);
  return found;
}

/** Steps over space, and over comments that end a line. */
export function skipSpace(source: Source): void {
  for (;;) {
    const { lineOwner } = source;
    if (match(source, /[^\S\n]*\n/y)) source.lineOwner = undefined;
    else if (lineOwner && match(source, /[^\S\n]*#/y))
      lineOwner.description = match(source, /.*/y)?.trim() ?? "";
    else break;
  }
  match(source, /[^\S\n]+/y);
}

/** Whether `expected` stands here. */
export function sees({ text, offset }: Source, expected: string): boolean {
  return text.startsWith(expected, offset);
}

/** Steps over `expected` if it stands here, and over the space after it. */
export function skip(source: Source, expected: string): boolean {
  const stands = sees(source, expected);
  if (stands) {
    source.offset += expected.length;
    skipSpace(source);
  }
  return stands;
}

/** Steps over `expected`, which must stand here. */
export function expect(source: Source, expected: string): void {
  if (!skip(source, expected)) fail(source, `"${expected}"`);
}

/** Whether nothing is left. */
export function isAtEnd({ text, offset }: Source): boolean {
  return offset >= text.length;
}

/** Whether only space stands before this place in its line, which is not the first. */
export function isAtLineStart(source: Source): boolean {
  return match(source, /(?<=\n[^\S\n]*)/y) !== undefined;
}

/** Takes the comment that stands here for `draft`. */
export function readComment(source: Source, draft: Draft): void {
  if (!sees(source, "#")) return;
  source.lineOwner ??= draft;
  skipSpace(source);
}

/** The JSON value that stands here. */
export function readJson(source: Source): JsonValue {
  const start = source.offset;
  if (!match(source, scalar)) {
    let depth = 0;
    do {
      const part = match(source, partOfStructure) ?? fail(source, "a JSON value", start);
      if ("[{".includes(part)) depth += 1;
      else if ("]}".includes(part)) depth -= 1;
    } while (depth > 0);
  }
  const written = source.text.slice(start, source.offset);
  skipSpace(source);
  try {
    return JSON.parse(written) as JsonValue;
  } catch {
    return fail(source, "a JSON value", start);
  }
}

/** Sets what must not be there yet; what says so starts at `start`. */
export function setOnce(source: Source, draft: Draft, key: string, value: JsonValue, start: number): void {
  if (Object.hasOwn(draft, key)) failAgain(source, start);
  setOwn(draft, key, value);
}

/** Refuses what was said before. */
export function failAgain(source: Source, start: number): never {
  return fail(source, "something not said before", start);
}
