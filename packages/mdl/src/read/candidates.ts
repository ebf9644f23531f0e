import { jsonPointer } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import { readJson } from "./json-reader.ts";
import { type Reading, Unreadable } from "./reading.ts";

/** The objects and lists that a text holds. */
export interface Candidates {
  readonly readings: readonly Reading[];
  /** Why what comes after them, or all of the text if there are none, could not be read. */
  readonly failure?: Mismatch;
}

/**
 * Reads the objects and lists in a text, prose around and between them. Stops at what is JSON beyond doubt but broken,
 * so that no part of a broken value is taken for the whole.
 */
export function findCandidates(text: string): Candidates {
  const readings: Reading[] = [];
  let failure: Mismatch | undefined;
  let start = nextBracket(text, 0);
  while (start >= 0) {
    const reading = tryReadJson(text, start);
    if (reading instanceof Unreadable) {
      if (reading.certain) return { readings, failure: reading.mismatch };
      failure ??= reading.mismatch;
      start = nextBracket(text, Math.max(reading.offset, start + 1));
    } else if (reading.cut !== undefined && !reading.cut.bracketsOnly) {
      const path = jsonPointer(reading.cut.open);
      return {
        readings,
        failure: { path, expected: "the rest of the value", found: "the end of the answer" },
      };
    } else {
      readings.push(reading);
      start = nextBracket(text, reading.end);
    }
  }
  return readings.length > 0 || failure === undefined ? { readings } : { readings, failure };
}

/** Offset of the next bracket that may start a value; -1 when there is none. */
export function nextBracket(text: string, offset: number): number {
  const found = text.slice(offset).search(/[{[]/);
  return found < 0 ? -1 : offset + found;
}

/** Like {@link readJson}, but gives the error back. */
export function tryReadJson(text: string, offset: number): Reading | Unreadable {
  try {
    return readJson(text, offset);
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}
