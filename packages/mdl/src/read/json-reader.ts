import { excerpt } from "../excerpt.ts";
import { jsonPointer, type Keys } from "../json-pointer.ts";
import { setOwn } from "../own-property.ts";
import type { Repair } from "../repair.ts";
import { readScalar } from "./read-scalar.ts";
import { isQuote, readString, type StringReading } from "./read-string.ts";
import { type Cut, type Reading, Unreadable } from "./reading.ts";
import { TextCursor } from "./text-cursor.ts";

/** Deeper values are no answer but a model that repeats a bracket. */
const maxDepth = 256;

const blank = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|#[^\n]*)+/y;
const bareKey = /[\p{L}_$][\p{L}\p{N}_$.-]*/uy;
/** A number or a word that the end of the text may have cut. */
const scalarAtEnd = /[-+.\w]+$/y;

/** What is read where the text ends before anything can be told. */
const nothing = Symbol("nothing");

/**
 * Reads the value that starts at `offset` of `text`: JSON, and what models write for it. The cost is linear.
 *
 * @throws {@link Unreadable} where the text is neither.
 */
export function readJson(text: string, offset: number): Reading {
  return new JsonReader(text, offset).read();
}

/** A text, and what was not JSON about its notation. */
type WrittenText = Pick<StringReading, "text" | "oddities">;

class JsonReader {
  readonly #cursor: TextCursor;
  readonly #repairs: Repair[] = [];
  /** Keys of the value that is being read. */
  readonly #keys: (string | number)[] = [];
  #cut: Cut | undefined;
  /** Set by a quoted key with a colon, which prose does not have. */
  #certain = false;

  constructor(text: string, offset: number) {
    this.#cursor = new TextCursor(text, offset);
  }

  read(): Reading {
    const start = this.#cursor.offset;
    const read = this.#readValue();
    const value = read === nothing ? undefined : read;
    const reading = { value, start, end: this.#cursor.offset, repairs: this.#repairs };
    if (this.#cut === undefined) return reading;
    if (this.#cut.bracketsOnly) this.#repaired("added the missing closing brackets");
    return { ...reading, cut: this.#cut };
  }

  #readValue(): unknown {
    const { character } = this.#cursor;
    if (character === "{" || character === "[") {
      if (this.#keys.length >= maxDepth) throw this.#unreadable(`at most ${maxDepth} levels`);
      return character === "{" ? this.#readObject() : this.#readList();
    }
    return isQuote(character) ? this.#readText() : this.#readScalar();
  }

  #readText(): string {
    const { text, cut, oddities } = readString(this.#cursor);
    for (const oddity of oddities) this.#repaired(`accepted ${oddity}`);
    if (cut) this.#cutAt(this.#keys);
    return text;
  }

  #readScalar(): unknown {
    const scalar = readScalar(this.#cursor);
    const atEnd = this.#cursor.atEnd || this.#cursor.match(scalarAtEnd) !== undefined;
    // More digits may come, but no word of JSON begins another.
    if (atEnd && typeof scalar?.value !== "boolean" && scalar?.value !== null) return this.#cutBeforeValue();
    if (scalar === undefined) throw this.#unreadable("a JSON value");
    if (!scalar.strict) this.#repaired(`read ${scalar.written} as ${scalar.value}`);
    return scalar.value;
  }

  #readObject(): unknown {
    const object: Record<string, unknown> = {};
    this.#readMembers("}", () => {
      const key = this.#readKey();
      if (key === undefined) return;
      this.#keys.push(key.text);
      for (const oddity of key.oddities) this.#repaired(`accepted ${oddity}`);
      const value = this.#cursor.atEnd ? this.#cutBeforeValue() : this.#readValue();
      this.#keys.pop();
      if (value !== nothing) setOwn(object, key.text, value);
    });
    return object;
  }

  #readList(): unknown {
    const list: unknown[] = [];
    this.#readMembers("]", () => {
      this.#keys.push(list.length);
      const value = this.#readValue();
      this.#keys.pop();
      if (value !== nothing) list.push(value);
    });
    return list;
  }

  /** Reads members up to and with the closing bracket, or to the end of the text. */
  #readMembers(closing: string, readMember: () => void): void {
    this.#cursor.offset += 1;
    let separator: "bracket" | "comma" | "none" = "bracket";
    for (;;) {
      const space = this.#skipBlank();
      if (this.#cursor.atEnd) {
        this.#cut = { open: [...this.#keys], bracketsOnly: separator === "none" };
        return;
      }
      if (this.#cursor.skip(closing)) {
        if (separator === "comma") this.#repaired("removed a trailing comma");
        return;
      }
      if (separator === "none") {
        if (!space.includes("\n") && !/["'“‘{[]/.test(this.#cursor.character)) {
          throw this.#unreadable(`"," or "${closing}"`);
        }
        this.#repaired("added a missing comma");
      }
      readMember();
      if (this.#cut !== undefined) return;
      this.#skipBlankBeforeComma();
      separator = this.#cursor.skip(",") ? "comma" : "none";
    }
  }

  /** Reads a key, its colon and the space after it; undefined when the text ends before the colon. */
  #readKey(): WrittenText | undefined {
    const quoted = isQuote(this.#cursor.character);
    const key = quoted ? readString(this.#cursor) : this.#readBareKey();
    this.#skipBlank();
    if (this.#cursor.atEnd) {
      this.#cutAt(this.#keys);
      return undefined;
    }
    if (!this.#cursor.skip(":")) throw this.#unreadable('":"');
    this.#skipBlank();
    if (quoted) this.#certain = true;
    return key;
  }

  #readBareKey(): WrittenText {
    const text = this.#cursor.match(bareKey);
    if (text === undefined) throw this.#unreadable("a key in double quotes");
    return { text, oddities: ["a key without quotes"] };
  }

  #skipBlank(): string {
    const space = this.#cursor.match(blank) ?? "";
    if (/[/#]/.test(space)) this.#repaired("removed a comment");
    return space;
  }

  /** Leaves the space where no comma follows it: whether it holds a new line tells if a comma is missing. */
  #skipBlankBeforeComma(): void {
    const { offset } = this.#cursor;
    const space = this.#cursor.match(blank) ?? "";
    if (this.#cursor.character !== ",") this.#cursor.offset = offset;
    else if (/[/#]/.test(space)) this.#repaired("removed a comment");
  }

  #cutAt(keys: Keys): void {
    this.#cut = { open: [...keys], bracketsOnly: false };
  }

  #cutBeforeValue(): typeof nothing {
    this.#cutAt(this.#keys.slice(0, -1));
    return nothing;
  }

  #repaired(message: string): void {
    this.#repairs.push({ kind: "syntax", path: jsonPointer(this.#keys), message });
  }

  #unreadable(expected: string): Unreadable {
    const { text, offset } = this.#cursor;
    const found = this.#cursor.atEnd ? "the end of the answer" : excerpt(text.slice(offset, offset + 20));
    return new Unreadable({ path: jsonPointer(this.#keys), expected, found }, offset, this.#certain);
  }
}
