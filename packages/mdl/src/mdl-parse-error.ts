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

const maxMismatches = 5;

/** An answer is not, and cannot be repaired into, a value of the type; the message is fit to send back to the model. */
export class MdlParseError extends ConduitError implements Mismatch {
  static readonly code = "MDL_PARSE";
  readonly code = "MDL_PARSE";
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** All that was found wrong, at most five; the first is `path`, `expected` and `found`. */
  readonly mismatches: readonly Mismatch[];

  constructor(first: Mismatch, others: readonly Mismatch[] = [], options?: ConduitErrorOptions) {
    const mismatches = [first, ...others].slice(0, maxMismatches);
    const wrong = mismatches.map(
      ({ path, expected, found }) => `At ${place(path)}: expected ${expected}, found ${found}.`,
    );
    super(
      `The answer does not fit its type. ${wrong.join(" ")} Answer again with one JSON value of the type and nothing else.`,
      options,
    );
    this.path = first.path;
    this.expected = first.expected;
    this.found = first.found;
    this.mismatches = mismatches;
  }
}
