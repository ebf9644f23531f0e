import type { JsonValue } from "@conduit/types";
import { MdlSyntaxError } from "../mdl-syntax-error.ts";

const string = /"(?:[^"\\\n]|\\.)*"/y;
const scalar = /-?\d[\d.eE+-]*|true|false|null/y;
const partOfStructure = /"(?:[^"\\\n]|\\.)*"|[^"[\]{}\n]+|[[\]{}]/y;

/** A text that is being read, and the place in it. */
export class Source {
  readonly #text: string;
  offset = 0;
  /** What a comment at the end of this line describes; undefined where a line starts. */
  lineOwner: { description?: JsonValue } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.offset >= this.#text.length;
  }

  /** Whether only space stands before this place in its line, which is not the first. */
  get atLineStart(): boolean {
    return this.match(/(?<=\n[^\S\n]*)/y) !== undefined;
  }

  /** Steps over what a sticky expression matches here, and gives it. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.offset;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.offset = sticky.lastIndex;
    return found;
  }

  sees(text: string): boolean {
    return this.#text.startsWith(text, this.offset);
  }

  /** Steps over `text` if it stands here, and over the space after it. */
  skip(text: string): boolean {
    if (!this.sees(text)) return false;
    this.offset += text.length;
    this.skipSpace();
    return true;
  }

  /** Steps over `text`, which must stand here. */
  expect(text: string): void {
    if (!this.skip(text)) this.fail(JSON.stringify(text));
  }

  /** Steps over space, and over comments that end a line. */
  skipSpace(): void {
    for (;;) {
      if (this.match(/[^\S\n]*\n/y)) this.lineOwner = undefined;
      else if (this.lineOwner && this.match(/[^\S\n]*#/y)) this.lineOwner.description = this.readLine();
      else break;
    }
    this.match(/[^\S\n]+/y);
  }

  /** The rest of the line. */
  readLine(): string {
    return this.match(/.*/y)?.trim() ?? "";
  }

  /** The JSON string that stands here. */
  readString(): string | undefined {
    return this.sees('"') ? (this.readJson() as string) : undefined;
  }

  /** The JSON value that stands here. */
  readJson(): JsonValue {
    const start = this.offset;
    if (!this.match(string) && !this.match(scalar)) {
      let depth = 0;
      do {
        const part = this.match(partOfStructure) ?? this.fail("a JSON value", start);
        if (/^[[{]$/.test(part)) depth += 1;
        else if (/^[\]}]$/.test(part)) depth -= 1;
      } while (depth > 0);
    }
    const written = this.#text.slice(start, this.offset);
    this.skipSpace();
    try {
      return JSON.parse(written) as JsonValue;
    } catch {
      return this.fail("a JSON value", start);
    }
  }

  fail(expected: string, offset = this.offset): never {
    throw new MdlSyntaxError(this.#text, offset, expected);
  }
}
