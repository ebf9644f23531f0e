/** The first half of a surrogate pair where a text ends with one; it is no text yet. */
export function halfAtEnd(text: string): string {
  return text !== "" && (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800 ? text.slice(-1) : "";
}

/** A position in a text that comes in pushes; what was read is forgotten with the next push. */
export class TextCursor {
  text = "";
  offset = 0;
  /** Whether no more text comes. */
  ended = false;
  #forgotten = 0;
  #half = "";

  push(text: string): void {
    if (text === "") return;
    this.#forgotten += this.offset;
    const half = halfAtEnd(text);
    const whole = half === "" ? text : text.slice(0, -1);
    // Most pushes come when all was read: no text is put together then.
    this.text = this.atEnd && this.#half === "" ? whole : this.text.slice(this.offset) + this.#half + whole;
    this.offset = 0;
    this.#half = half;
  }

  end(): void {
    this.text += this.#half;
    this.ended = true;
  }

  /** Offset in all of the text. */
  get position(): number {
    return this.#forgotten + this.offset;
  }

  /** Whether a string starts here of which only a little has come, and no end. */
  get endsInShortString(): boolean {
    const { text, offset } = this;
    return (
      text.length - offset < 16 && !this.ended && this.character === '"' && !text.includes('"', offset + 1)
    );
  }

  get atEnd(): boolean {
    return this.offset >= this.text.length;
  }

  /** The character here; empty at the end. */
  get character(): string {
    return this.atEnd ? "" : this.text.charAt(this.offset);
  }

  /** Whether `expected` stands here; undefined where more text must come to tell. */
  at(expected: string): boolean | undefined {
    if (this.text.startsWith(expected, this.offset)) return true;
    const rest = this.text.slice(this.offset, this.offset + expected.length);
    return !this.ended && expected.startsWith(rest) ? undefined : false;
  }

  /** Steps over what a sticky expression matches here, and returns it; empty where it does not match. */
  match(sticky: RegExp): string {
    const start = this.offset;
    return this.skip(sticky) ? this.text.slice(start, this.offset) : "";
  }

  /** Steps over what a sticky expression matches here; false where it does not match. */
  skip(sticky: RegExp): boolean {
    sticky.lastIndex = this.offset;
    if (!sticky.test(this.text)) return false;
    this.offset = sticky.lastIndex;
    return true;
  }
}
