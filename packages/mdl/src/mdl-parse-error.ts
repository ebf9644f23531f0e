import { ConduitError, type ConduitErrorOptions } from "@conduit/types";
import { place } from "./json-pointer.ts";

/** What is wrong with an answer, and where. */
export interface Mismatch {
  /** JSON Pointer of the value at fault; empty for the whole answer. */
  readonly path: string;
  /** What the type asks for at `path`, in MDL or in words. */
  readonly expected: string;
  /** What the answer has at `path`, shortened. */
  readonly found: string;
}

/** An answer is not, and cannot be repaired into, a value of the type; the message is fit to send back to the model. */
export class MdlParseError extends ConduitError implements Mismatch {
  static readonly code = "MDL_PARSE";
  readonly code = MdlParseError.code;
  readonly path: string;
  readonly expected: string;
  readonly found: string;

  constructor({ path, expected, found }: Mismatch, options?: ConduitErrorOptions) {
    super(
      `The answer does not fit its type. At ${place(path)}: expected ${expected}, found ${found}. ` +
        "Answer again with one JSON value of the type and nothing else.",
      options,
    );
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}
