import { jsonPointer } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import { readJson } from "./json-reader.ts";
import { type Reading, Unreadable } from "./reading.ts";

/** Brackets of prose before a value; beyond them a text is taken to hold none, since each failure has a price. */
const maxAttempts = 1000;

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
  for (const attempt of readBrackets(text)) {
    if (attempt instanceof Unreadable) {
      if (attempt.certain) return { readings, failure: attempt.mismatch };
      failure ??= attempt.mismatch;
    } else if (attempt.cut !== undefined && !attempt.cut.bracketsOnly) {
      const path = jsonPointer(attempt.cut.open);
      return {
        readings,
        failure: { path, expected: "the rest of the value", found: "the end of the answer" },
      };
    } else {
      readings.push(attempt);
    }
  }
  return readings.length > 0 || failure === undefined ? { readings } : { readings, failure };
}

/** Tries to read a value from each bracket of `text` that is not within what was read before. */
export function* readBrackets(text: string): Generator<Reading | Unreadable, void> {
  const bracket = /[{[]/g;
  for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
    const start = bracket.exec(text)?.index;
    if (start === undefined) return;
    const attempt = tryReadJson(text, start);
    bracket.lastIndex = attempt instanceof Unreadable ? Math.max(attempt.offset, start + 1) : attempt.end;
    yield attempt;
  }
}

function tryReadJson(text: string, offset: number): Reading | Unreadable {
  try {
    return readJson(text, offset);
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}
