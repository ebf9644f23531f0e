import type { TextCursor } from "./text-cursor.ts";

/** A number, boolean or null as it was read. */
export interface ScalarReading {
  readonly value: number | boolean | null;
  /** What was written. */
  readonly written: string;
  /** Whether it is written as JSON has it. */
  readonly strict: boolean;
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const number = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_.$])/uy;
const word = /[A-Za-z]+(?![\p{L}\p{N}_$])/uy;

const words = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["none", null],
]);

/** Reads a number, or `true`, `false`, `null` also in Python's spelling; undefined, without a step, where there is none. */
export function readScalar(cursor: TextCursor): ScalarReading | undefined {
  const start = cursor.offset;
  const digits = cursor.match(number);
  if (digits !== undefined) {
    const value = Number(digits);
    if (Number.isFinite(value)) return { value, written: digits, strict: jsonNumber.test(digits) };
  }
  cursor.offset = start;
  const written = cursor.match(word);
  if (written !== undefined) {
    const value = words.get(written.toLowerCase());
    if (value !== undefined) return { value, written, strict: written === String(value) };
  }
  cursor.offset = start;
  return undefined;
}
