import type { Repair } from "../repair.ts";

/** A JSON value read from a text. */
export interface Reading {
  readonly value: unknown;
  /** Offset in the text where the value starts. */
  readonly start: number;
  /** Offset in the text after the value. */
  readonly end: number;
  readonly repairs: readonly Repair[];
}

/** An object or list that is being read, or the list of all values of a text. */
export interface Frame {
  /** Its parts that are whole. */
  readonly container: unknown[] | Record<string, unknown>;
  readonly closing: string;
  /** Of the part that is being read. */
  key: string | number | undefined;
  /** Keys of the parts that came since someone looked; absent as long as nobody did. */
  fresh: (string | number)[] | undefined;
  /** What stands between the last part and what comes. */
  separator: "bracket" | "comma" | "space" | "line";
}
