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

  const sees = (expected: string): boolean => text.startsWith(expected, offset);

  /** Steps over space, and over comments that end a line. */
  function skipSpace(): void {
    for (;;) {
      if (match(/[^\S\n]*\n/y)) lineOwner = undefined;
      else if (lineOwner && match(/[^\S\n]*#/y)) lineOwner.description = readLine();
      else break;
    }
    match(/[^\S\n]+/y);
  }

  /** Steps over `expected` if it stands here, and over the space after it. */
  function skip(expected: string): boolean {
    const stands = sees(expected);
    if (stands) {
      offset += expected.length;
      skipSpace();
    }
    return stands;
  }

  /** The rest of the line. */
  const readLine = (): string => match(/.*/y)?.trim() ?? "";

  return {
    fail,
    match,
    sees,
    skip,
    skipSpace,
    readLine,

    place: (): number => offset,

    isAtEnd: (): boolean => offset >= text.length,

    /** Whether only space stands before this place in its line, which is not the first. */
    isAtLineStart: (): boolean => match(/(?<=\n[^\S\n]*)/y) !== undefined,

    /** Has the comment that ends this line describe `draft`, unless it describes what started before. */
    claimLine(draft: { description?: JsonValue }): void {
      lineOwner ??= draft;
    },

    /** Steps over `expected`, which must stand here. */
    expect(expected: string): void {
      if (!skip(expected)) fail(JSON.stringify(expected));
    },

    /** The JSON value that stands here. */
    readJson(): JsonValue {
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
    },
  };
}
