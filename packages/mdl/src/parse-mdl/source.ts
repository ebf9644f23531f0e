import type { JsonValue } from "@conduit/types";
import { MdlSyntaxError } from "../mdl-syntax-error.ts";

const scalar = /-?\d[\d.eE+-]*|true|false|null/y;
const partOfStructure = /"(?:[^"\\\n]|\\.)*"|[^"[\]{}\n]+|[[\]{}]/y;

/** A text that is being read, and the place in it. */
export function sourceOf(text: string) {
  let offset = 0;
  /** What a comment at the end of this line describes; undefined where a line starts. */
  let lineOwner: { description?: JsonValue } | undefined;

  function fail(expected: string, at = offset): never {
    throw new MdlSyntaxError(text, at, expected);
  }

  /** Steps over what a sticky expression matches here, and gives it. */
  function match(sticky: RegExp): string | undefined {
    sticky.lastIndex = offset;
    const found = sticky.exec(text)?.[0];
    if (found !== undefined) offset = sticky.lastIndex;
    return found;
  }

  /** Steps over space, and over comments that end a line. */
  function skipSpace(): void {
    for (;;) {
      if (match(/[^\S\n]*\n/y)) lineOwner = undefined;
      else if (lineOwner && match(/[^\S\n]*#/y)) lineOwner.description = match(/.*/y)?.trim() ?? "";
      else break;
    }
    match(/[^\S\n]+/y);
  }

  /** Steps over what a sticky expression matches here and over the space after it, and gives the match. */
  function readWord(sticky: RegExp): string | undefined {
    const found = match(sticky);
    if (found !== undefined) skipSpace();
    return found;
  }

  const sees = (expected: string): boolean => text.startsWith(expected, offset);

  /** Steps over `expected` if it stands here, and over the space after it. */
  function skip(expected: string): boolean {
    const stands = sees(expected);
    if (stands) {
      offset += expected.length;
      skipSpace();
    }
    return stands;
  }

  /** Has the comment that ends this line describe `draft`, unless it describes what started before. */
  function claimLine(draft: { description?: JsonValue }): void {
    lineOwner ??= draft;
  }

  /** Takes the comment that stands here for `draft`. */
  function readComment(draft: { description?: JsonValue }): void {
    if (!sees("#")) return;
    claimLine(draft);
    skipSpace();
  }

  /** The JSON value that stands here. */
  function readJson(): JsonValue {
    const start = offset;
    if (!match(scalar)) {
      let depth = 0;
      do {
        const part = match(partOfStructure) ?? fail("a JSON value", start);
        if ("[{".includes(part)) depth += 1;
        else if ("]}".includes(part)) depth -= 1;
      } while (depth > 0);
    }
    const written = text.slice(start, offset);
    skipSpace();
    try {
      return JSON.parse(written) as JsonValue;
    } catch {
      return fail("a JSON value", start);
    }
  }

  const place = (): number => offset;

  return { claimLine, fail, match, place, readComment, readJson, readWord, sees, skip, skipSpace };
}
