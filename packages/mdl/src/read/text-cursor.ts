/** A position in a text, with what readers of any notation need. */
export class TextCursor {
  readonly text: string;
  offset: number;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  get atEnd(): boolean {
    return this.offset >= this.text.length;
  }

  /** The character here; empty at the end. */
  get character(): string {
    return this.text.charAt(this.offset);
  }

  /** Steps over `expected` if it stands here. */
  skip(expected: string): boolean {
    if (!this.text.startsWith(expected, this.offset)) return false;
    this.offset += expected.length;
    return true;
  }

  /** Steps over what a sticky expression matches here, and returns it. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.offset;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.offset += found.length;
    return found;
  }
}
