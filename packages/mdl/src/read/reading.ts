import type { Keys } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import type { Repair } from "../repair.ts";

/** A JSON value read from a text, up to its end or the end of the text. */
export interface Reading {
  /** The value; what of it is there, when it is cut; undefined when nothing of it can be told yet. */
  readonly value: unknown;
  /** Offset in the text where the value starts. */
  readonly start: number;
  /** Offset in the text after the value. */
  readonly end: number;
  readonly repairs: readonly Repair[];
  /** Where the text ended before the value did; absent when the value is whole. */
  readonly cut?: Cut;
}

/** The end of a text within a value. */
export interface Cut {
  /** Keys of the innermost value that is there but unfinished: an object, a list, or the text so far of a string. */
  readonly open: Keys;
  /** Whether, as far as can be seen, nothing but closing brackets is missing. */
  readonly bracketsOnly: boolean;
}

/** Why a text cannot be read as JSON; never leaves the package. */
export class Unreadable extends Error {
  readonly mismatch: Mismatch;
  /** Offset in the text up to which it could be read. */
  readonly offset: number;
  /** Whether what came before is meant as JSON beyond doubt. */
  readonly certain: boolean;

  constructor(mismatch: Mismatch, offset: number, certain: boolean) {
    super(`expected ${mismatch.expected}, found ${mismatch.found}`);
    this.mismatch = mismatch;
    this.offset = offset;
    this.certain = certain;
  }
}
