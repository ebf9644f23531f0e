import { excerpt } from "../excerpt.ts";
import { jsonPointer } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import { setOwn } from "../own-property.ts";
import type { Repair, RepairKind } from "../repair.ts";
import { readPlainKey, readPlainValue } from "./read-plain.ts";
import { readScalar } from "./read-scalar.ts";
import type { AnswerFollower, Frame, Reading } from "./reading.ts";
import { isQuote, StringReader } from "./string-reader.ts";
import { TextCursor } from "./text-cursor.ts";

/** Deeper values are no answer but a model that repeats a bracket; validators run out of stack from a few hundred levels on. */
const maxDepth = 128;

const space = /\s+/y;
const scalarRun = /[\p{L}\p{N}_.$+-]+/uy;
const proseRun = /[^{[<]+/y;
const language = /[\w-]{0,20}/y;

/** Whether a character of this code, such as most of JSON, is neither space nor the start of a comment. */
function isInk(code: number): boolean {
  return code === 0x22 || (code > 0x23 && code < 0x7f && code !== 0x2f);
}

/** What an answer reader does for others while it reads. */
export interface ReaderOptions {
  /** Whether the answer may be a bare string, number, boolean or null. */
  readonly scalars: boolean;
  /** Is told the values of the answer, all of them under an empty key. */
  readonly follower?: AnswerFollower;
}

/**
 * Reads the values in the text that a model writes, as the text comes: JSON, and what models write for it, with prose around.
 * Reads every character once, whatever the pushes.
 *
 * What is JSON beyond doubt but broken ends the reading, so that no part of a broken value is taken for the whole.
 */
export class AnswerReader {
  readonly readings: Reading[] = [];
  /** Why what comes after the readings, or all of the text if there are none, could not be read. */
  failure: Mismatch | undefined;
  /** The values of the answer, then what is open within the last of them. */
  readonly frames: Frame[] = [];
  /** The string that is being read as a value. */
  writing: StringReader | undefined;

  readonly #cursor = new TextCursor();
  readonly #options: ReaderOptions;
  #state: "start" | "prose" | "part" | "colon" | "value" | "string" | "scalar" = "start";
  /** What ends the comment that is being skipped. */
  #comment: string | undefined;
  /** Whether nothing is read until the reasoning ends. */
  #silent = false;
  /** Whether what was read so far of a value is not prose. */
  #certain = false;
  #start = 0;
  #repairs: Repair[] = [];
  #string: StringReader | undefined;
  /** Whether the last key stands in quotes. */
  #isQuoted = false;
  #scalar = "";

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#begin();
  }

  push(text: string): void {
    this.#cursor.push(text);
    while (this.#step());
  }

  /** Reads what only the end of the text decides. */
  end(): void {
    this.#cursor.end();
    while (this.#step());
    // What could not be decided is no text that was found.
    this.#cursor.offset = this.#cursor.text.length;
    if (this.frames.length > 1 || this.#state === "string") this.#endValue();
  }

  // No private getters here: engines call them through their runtime.
  #frame(): Frame {
    return this.frames.at(-1) as Frame;
  }

  /** Takes what comes for a new answer. */
  #begin(): void {
    const { follower } = this.#options;
    follower?.drop(true);
    this.frames.length = 0;
    this.#open({}, "");
    this.#frame().follower = follower;
    this.readings.length = 0;
    this.failure = undefined;
    this.#silent = false;
    this.#state = "start";
  }

  /** Reads a little further; false where more text must come first. */
  #step(): boolean {
    if (this.#comment !== undefined) return this.#skipComment(this.#comment);
    if (this.#state === "part" || this.#state === "colon" || this.#state === "value") {
      const comments = this.#skipBlank();
      if (comments !== false) return comments === true;
    }
    switch (this.#state) {
      case "start":
        return this.#readStart();
      case "prose":
        return this.#readProse();
      case "string":
        return this.#readString();
      case "scalar":
        return this.#readScalar();
      case "part":
        return this.#readPart();
      case "colon":
        return this.#readColon();
      case "value":
        return this.#readValue();
    }
  }

  #readStart(): boolean {
    const cursor = this.#cursor;
    cursor.match(space);
    const { character, offset } = cursor;
    const thinks = cursor.at("<think>");
    const fence = cursor.at("```");
    const next = cursor.text.charAt(offset + 1);
    if (thinks === undefined || fence === undefined || (character === '"' && next === "" && !cursor.ended)) {
      return false;
    }
    if (fence) {
      cursor.offset += 3;
      cursor.match(language);
      if (!cursor.atEnd || cursor.ended) return true;
      cursor.offset = offset;
      return false;
    }
    this.#silent = thinks;
    this.#state = "prose";
    const encoded = character === '"' && (next === "{" || next === "[");
    const begins = isQuote(character) || /[-+.\w]/.test(character);
    if (encoded || (this.#options.scalars && begins)) this.#beginValue();
    return true;
  }

  #readProse(): boolean {
    const cursor = this.#cursor;
    cursor.match(proseRun);
    const { character } = cursor;
    if (character === "") return false;
    if (character === "<") {
      const ends = cursor.at("</think>");
      if (ends === undefined) return false;
      cursor.offset += ends ? 8 : 1;
      if (ends) this.#begin();
    } else if (this.#silent) {
      cursor.offset += 1;
    } else {
      this.#beginValue();
    }
    return true;
  }

  #beginValue(): void {
    this.#start = this.#cursor.position;
    this.#repairs = [];
    this.#certain = false;
    this.#frame().key = "";
    this.#state = "value";
  }

  #readValue(): boolean {
    const plain = readPlainValue(this.#cursor);
    if (plain !== undefined) {
      this.#put(plain);
      return true;
    }
    const { character } = this.#cursor;
    const isFence = this.#isFence(character);
    if (character === "" || isFence === undefined) return false;
    if (character === "{" || character === "[") {
      if (this.frames.length > maxDepth) {
        this.#certain = true;
        return this.#fail(`at most ${maxDepth} levels`, "", "");
      }
      this.#cursor.offset += 1;
      if (character === "{") this.#open({}, "}");
      else this.#open([], "]");
    } else if (isQuote(character) && !isFence) {
      this.#string = new StringReader(this.#cursor, false);
      this.writing = this.#string;
      this.#state = "string";
    } else {
      this.#scalar = "";
      this.#state = "scalar";
    }
    return true;
  }

  /** Whether the end of a code fence stands here; undefined where more text must come to tell. */
  #isFence(character: string): boolean | undefined {
    return character === "`" && this.#cursor.at("```");
  }

  #open(container: Frame["container"], closing: string): void {
    this.frames.push({ container, closing, key: undefined, separator: "bracket", follower: undefined });
    this.#state = "part";
  }

  #close(): void {
    const frame = this.frames.pop();
    frame?.follower?.close();
    this.#put(frame?.container);
  }

  /** Puts a whole value where it belongs. */
  #put(value: unknown): void {
    const frame = this.#frame();
    const { container, key = "" } = frame;
    if (Array.isArray(container)) container[Number(key)] = value;
    else setOwn(container, String(key), value);
    frame.key = undefined;
    frame.separator = "space";
    this.#state = "part";
    if (this.frames.length > 1) {
      this.#certain ||= frame.closing === "}";
    } else {
      this.readings.push({ value, start: this.#start, end: this.#cursor.position, repairs: this.#repairs });
      this.#state = "prose";
    }
    frame.follower?.part(key, value);
  }

  /** Reads what stands before, between and after the parts of an object or list. */
  #readPart(): boolean {
    const cursor = this.#cursor;
    const frame = this.#frame();
    const { character } = cursor;
    const isFence = this.#isFence(character);
    if (character === "" || isFence === undefined) return false;
    if (isFence) return this.#endValue();
    const { separator } = frame;
    const isNext = separator === "bracket" || separator === "comma";
    if (character === "}" || character === "]") return this.#readClosing(character);
    if (character === ",") {
      if (isNext) this.#repaired("removed a comma");
      frame.separator = "comma";
      cursor.offset += 1;
      return true;
    }
    const { container } = frame;
    const isList = Array.isArray(container);
    // A short key is cheaper to wait for than to come back to.
    if (!isList && cursor.endsInShortString) return false;
    if (!isNext) {
      if (separator === "space" && !/["'“‘`{[]/.test(character))
        return this.#fail(`"," or "${frame.closing}"`);
      this.#repaired("added a missing comma");
    }
    if (isList) {
      frame.key = container.length;
      this.#state = "value";
      return true;
    }
    const plain = readPlainKey(cursor);
    if (plain !== undefined) {
      frame.key = plain;
      this.#state = "value";
      this.#certain = true;
      return true;
    }
    this.#isQuoted = isQuote(character);
    this.#state = this.#isQuoted ? "string" : "scalar";
    this.#scalar = "";
    if (this.#isQuoted) this.#string = new StringReader(cursor, true);
    return true;
  }

  #readClosing(character: string): boolean {
    let frame = this.#frame();
    if (frame.separator === "comma") this.#repaired("removed a trailing comma");
    if (frame.closing !== character) {
      if (!this.frames.some(({ closing }) => closing === character)) {
        return this.#fail(`"," or "${frame.closing}"`);
      }
      this.#repaired(`added a missing "${frame.closing}"`, "brackets");
    }
    this.#cursor.offset += 1;
    do {
      frame = this.#frame();
      this.#close();
    } while (frame.closing !== character);
    return true;
  }

  /** Whether the string that is being read is a key. */
  #isKey(): boolean {
    return this.#frame().key === undefined;
  }

  #readString(): boolean {
    const string = this.#string as StringReader;
    if (!string.read(this.#cursor)) return false;
    this.writing = undefined;
    if (this.#isKey()) {
      this.#readKey(string.text, string.oddities);
    } else {
      for (const oddity of string.oddities) this.#repaired(`accepted ${oddity}`);
      this.#put(string.text);
    }
    return true;
  }

  #readScalar(): boolean {
    const cursor = this.#cursor;
    this.#scalar += cursor.match(scalarRun);
    if (cursor.atEnd && !cursor.ended) return false;
    const written = this.#scalar;
    if (this.#isKey()) {
      if (written === "") return this.#fail("a key in double quotes");
      this.#readKey(written, ["a key without quotes"]);
      return true;
    }
    const scalar = readScalar(written);
    // More may have been about to come, but no word of JSON begins another.
    const isWord = scalar?.value === null || typeof scalar?.value === "boolean";
    if (cursor.atEnd && this.frames.length > 1 && !isWord) return false;
    if (scalar === undefined) return this.#fail("a JSON value", written);
    if (!scalar.strict) this.#repaired(`read ${written} as ${scalar.value}`);
    this.#put(scalar.value);
    return true;
  }

  #readKey(key: string, oddities: Iterable<string>): void {
    this.#frame().key = key;
    for (const oddity of oddities) this.#repaired(`accepted ${oddity}`);
    this.#state = "colon";
  }

  #readColon(): boolean {
    const cursor = this.#cursor;
    if (cursor.atEnd) return false;
    if (cursor.character !== ":") {
      this.#frame().key = undefined;
      return this.#fail('":"');
    }
    cursor.offset += 1;
    this.#state = "value";
    // Prose has no quoted key with a colon, nor a value under a key.
    this.#certain ||= this.#isQuoted;
    return true;
  }

  /** Skips space; tells whether a comment starts after it, undefined where more text must come to tell. */
  #skipBlank(): boolean | undefined {
    const cursor = this.#cursor;
    if (!cursor.atEnd && isInk(cursor.text.charCodeAt(cursor.offset))) return false;
    const frame = this.#frame();
    if (cursor.match(space).includes("\n") && frame.separator === "space") frame.separator = "line";
    const { character } = cursor;
    if (character !== "#" && character !== "/") return false;
    const next = cursor.text.charAt(cursor.offset + 1);
    if (character === "/" && next === "" && !cursor.ended) return undefined;
    if (character === "/" && next !== "/" && next !== "*") return false;
    this.#comment = character === "/" && next === "*" ? "*/" : "\n";
    cursor.offset += character === "#" ? 1 : 2;
    this.#repaired("removed a comment");
    return true;
  }

  #skipComment(closing: string): boolean {
    const cursor = this.#cursor;
    const end = cursor.text.indexOf(closing, cursor.offset);
    if (end < 0) {
      // The text may end within what closes the comment.
      cursor.offset = Math.max(cursor.offset, cursor.text.length - closing.length + 1);
      return false;
    }
    // The end of a line tells where a comma is missing.
    cursor.offset = closing === "\n" ? end : end + closing.length;
    this.#comment = undefined;
    return true;
  }

  /** Ends a value in which, as far as can be seen, nothing but closing brackets is missing; fails for any other. */
  #endValue(): boolean {
    const { separator } = this.#frame();
    if (this.#state !== "part" || separator === "bracket" || separator === "comma") {
      this.#certain = true;
      return this.#fail("the rest of the value");
    }
    this.#repairs.push({ kind: "brackets", path: "", message: "added the missing closing brackets" });
    while (this.frames.length > 1) this.#close();
    return true;
  }

  #repaired(message: string, kind: RepairKind = "syntax"): void {
    this.#repairs.push({ kind, path: this.#path(), message });
  }

  #path(): string {
    return jsonPointer(this.frames.slice(1).flatMap(({ key }) => key ?? []));
  }

  /** Gives up on a value, before which `written` was read, and looks for another if this one may have been prose. */
  #fail(expected: string, written = "", path = this.#path()): true {
    if (this.#certain || (this.failure === undefined && this.frames.length > 1)) {
      const { text, offset } = this.#cursor;
      const found = (written + text.slice(offset, offset + 20)).slice(0, 20);
      this.failure = { path, expected, found: found === "" ? "the end of the answer" : excerpt(found) };
    }
    this.#silent = this.#certain;
    if (this.frames[1]?.follower) this.#options.follower?.drop(false);
    this.frames.length = 1;
    this.#frame().key = undefined;
    this.writing = undefined;
    this.#state = "prose";
    return true;
  }
}
