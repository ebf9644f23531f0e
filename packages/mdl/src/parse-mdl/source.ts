import type { JsonValue } from "@conduit/types";
import { MdlSyntaxError } from "../mdl-syntax-error.ts";

const string = /"(?:[^"\\\n]|\\.)*"/y;
const scalar = /-?\d[\d.eE+-]*|true|false|null/y;
const brackets = /[[{]/y;
const inBrackets = /"(?:[^"\\\n]|\\.)*"|[^"[\]{}\n]+|[[\]{}]/y;

/** MDL as it is read: a text, a place in it, and the schema whose line it is in. */
export class Source {
  readonly #text: string;
  #offset = 0;
  /** The schema that a comment at the end of this line describes; undefined where a line starts. */
  lineOwner: Record<string, JsonValue> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#text.length;
  }

  /** Whether nothing but space comes before in this line, and another line before that. */
  get atLineStart(): boolean {
    return this.match(/(?<=\n[^\S\n]*)/y) !== undefined;
  }

  /** Steps over what a sticky expression matches here, and gives it. */
  match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#offset;
    const found = sticky.exec(this.#text) ?? undefined;
    if (found !== undefined) this.#offset = sticky.lastIndex;
    return found;
  }

  /** Whether `text` stands here. */
  sees(text: string): boolean {
    return this.#text.startsWith(text, this.#offset);
  }

  /** Steps over `text` if it stands here, and over the space after it. */
  skip(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#offset += text.length;
    this.skipSpace();
    return true;
  }

  /** Steps over `text`, which must stand here. */
  expect(text: string): void {
    if (!this.skip(text)) throw this.unexpected(JSON.stringify(text));
  }

  /** Steps over space, and over comments at the ends of lines. */
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
    return this.match(/.*/y)?.[0].trim() ?? "";
  }

  /** The JSON string that stands here. */
  readString(): string | undefined {
    const found = this.match(string)?.[0];
    return found === undefined ? undefined : (this.#json(found) as string);
  }

  /** The JSON value that stands here. */
  readJson(): JsonValue {
    const start = this.#offset;
    if (!this.match(string) && !this.match(scalar) && this.match(brackets)) {
      for (let depth = 1; depth > 0; ) {
        const part = this.match(inBrackets)?.[0];
        if (part === undefined) break;
        if (part === "[" || part === "{") depth += 1;
        else if (part === "]" || part === "}") depth -= 1;
      }
    }
    const value = this.#json(this.#text.slice(start, this.#offset));
    this.skipSpace();
    return value;
  }

  unexpected(expected: string, offset = this.#offset): MdlSyntaxError {
    return new MdlSyntaxError(this.#text, offset, expected);
  }

  #json(text: string): JsonValue {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      this.#offset -= text.length;
      throw this.unexpected("a JSON value");
    }
  }
}
