import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** A text is not MDL. */
export class MdlSyntaxError extends ConduitError {
  static readonly code = "MDL_SYNTAX";
  readonly code = "MDL_SYNTAX";
  /** Line of the text, from 1. */
  readonly line: number;
  /** Column in the line, from 1, in UTF-16 code units. */
  readonly column: number;
  /** What could stand there. */
  readonly expected: string;
  /** What stands there. */
  readonly found: string;

  constructor(text: string, offset: number, expected: string, options?: ConduitErrorOptions) {
    const before = text.slice(0, offset).split("\n");
    const line = before.length;
    const column = (before.at(-1) ?? "").length + 1;
    const found = offset < text.length ? JSON.stringify(text.slice(offset, offset + 20)) : "the end";
    super(`Expected ${expected}, found ${found} in line ${line}, column ${column} of the MDL.`, options);
    this.line = line;
    this.column = column;
    this.expected = expected;
    this.found = found;
  }
}
