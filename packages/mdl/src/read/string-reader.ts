import { halfAtEnd, type TextCursor } from "./text-cursor.ts";

/** What closes a string, and the text in which nothing has a meaning, by what opens it. */
const quotes: Readonly<Record<string, { readonly closing: string; readonly plain: RegExp }>> = {
  '"': { closing: '"', plain: /[^"\\\p{Cc}]+/uy },
  "'": { closing: "'", plain: /[^'\\\p{Cc}]+/uy },
  "`": { closing: "`", plain: /[^`\\\p{Cc}]+/uy },
  "“": { closing: "”", plain: /[^”\\\p{Cc}]+/uy },
  "‘": { closing: "’", plain: /[^’\\\p{Cc}]+/uy },
};

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const space = /[^\S\n]+/y;
const hexDigits = /[0-9a-fA-F]{4}/y;
/** What may follow a string: a delimiter, a line's end, a comment, another string; after a key also a colon. */
const afterValue = /^(?:[,}\]\n"'“‘`#]|\/[/*])/;
const afterKey = /^(?:[:,}\]\n"'“‘`#]|\/[/*])/;

const none: readonly string[] = [];

/** Whether a string can start with `character`. */
export function isQuote(character: string): boolean {
  return character !== "" && "\"'`“‘".includes(character);
}

/** Reads the string that starts at a cursor, in whichever quotes, as its text comes. */
export class StringReader {
  /** What was not JSON about it. */
  oddities: readonly string[] = none;
  readonly #closing: string;
  readonly #plain: RegExp;
  readonly #after: RegExp;
  #taken = "";
  #fresh = "";
  /** The space after a quote that may be the closing one. */
  #held: string | undefined;

  constructor(cursor: TextCursor, isKey: boolean) {
    const { closing = "", plain = /./sy } = quotes[cursor.character] ?? {};
    this.#closing = closing;
    this.#plain = plain;
    this.#after = isKey ? afterKey : afterValue;
    if (cursor.character !== '"') this.#odd("quotes other than double quotes");
    cursor.offset += 1;
  }

  /** All that was read so far. */
  get text(): string {
    return this.#taken + this.#fresh;
  }

  /** All that was taken. */
  get taken(): string {
    return this.#taken;
  }

  /** What was read since, the first half of a character included. */
  get untaken(): string {
    return this.#fresh;
  }

  /** What was read since it was last taken, in whole characters. */
  take(): string {
    const half = halfAtEnd(this.#fresh);
    const taken = half ? this.#fresh.slice(0, -1) : this.#fresh;
    this.#taken += taken;
    this.#fresh = half;
    return taken;
  }

  /** Reads on; false while the string is not closed. */
  read(cursor: TextCursor): boolean {
    for (;;) {
      if (this.#held !== undefined) {
        const closed = this.#isClosed(cursor);
        if (closed !== false) return closed === true;
        // Models forget to escape quotes; one that nothing of JSON follows belongs to the text.
        this.#odd("a quote inside a string without a backslash");
        this.#fresh += this.#closing + this.#held;
        this.#held = undefined;
      }
      this.#fresh += cursor.match(this.#plain);
      const { character } = cursor;
      if (character === "") return false;
      if (character === "\\") {
        const escaped = this.#readEscape(cursor);
        if (escaped === undefined) return false;
        this.#fresh += escaped;
        continue;
      }
      cursor.offset += 1;
      if (character === this.#closing) {
        this.#held = "";
        continue;
      }
      if (character < " ") this.#odd("a control character inside a string");
      this.#fresh += character;
    }
  }

  #odd(oddity: string): void {
    if (!this.oddities.includes(oddity)) this.oddities = [...this.oddities, oddity];
  }

  /** Whether the quote before is the closing one; undefined where more text must come to tell. */
  #isClosed(cursor: TextCursor): boolean | undefined {
    if (",}]".includes(cursor.character || " ")) return true;
    this.#held += cursor.match(space);
    const next = cursor.text.slice(cursor.offset, cursor.offset + 2);
    if (next === "" || next === "/") return cursor.ended ? true : undefined;
    return this.#after.test(next);
  }

  /** Reads what a backslash begins; undefined where more text must come. */
  #readEscape(cursor: TextCursor): string | undefined {
    const { text, offset } = cursor;
    const name = text.charAt(offset + 1);
    if (name === "") return undefined;
    cursor.offset += 2;
    if (name === "u") {
      const digits = cursor.match(hexDigits);
      if (digits !== "") return String.fromCharCode(Number.parseInt(digits, 16));
      if (text.length < offset + 6) {
        cursor.offset = offset;
        return undefined;
      }
    }
    if (!Object.hasOwn(escapes, name)) this.#odd("an escape that JSON does not have");
    return escapes[name] ?? name;
  }
}
