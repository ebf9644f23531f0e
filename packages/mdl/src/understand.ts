import { align } from "./align/align.ts";
import { describeFailure, type Failure } from "./align/alignment.ts";
import { excerpt, shorten } from "./excerpt.ts";
import { MdlParseError, type Mismatch } from "./mdl-parse-error.ts";
import { printType } from "./print/print-type.ts";
import { answerText } from "./read/answer-text.ts";
import { findCandidates } from "./read/candidates.ts";
import type { Repair } from "./repair.ts";
import type { Shape } from "./shape/shape.ts";

/** The value that an answer was understood as. */
export interface Understood {
  readonly value: unknown;
  readonly repairs: readonly Repair[];
}

/**
 * Finds the value of a shape in the text that a model wrote, bounds aside: strict JSON first, then what models write for it.
 *
 * @throws {@link MdlParseError} when the text holds no such value.
 */
export function understand(text: string, shape: Shape): Understood {
  const answer = answerText(text);
  return (
    understandJson(text, answer, shape) ??
    understandBare(answer, shape) ??
    understandPart(text, answer, shape)
  );
}

/** Takes an answer that is JSON as a whole. */
function understandJson(text: string, answer: string, shape: Shape): Understood | undefined {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const aligned = align(value, shape);
  if (!aligned.fits) throw new MdlParseError(describeFailure(aligned.failure));
  const around = answer === text.trim() ? [] : [setAside];
  return { value: aligned.value, repairs: [...around, ...aligned.repairs] };
}

/** Takes an answer as the text, number or literal that was asked for, when it lacks the quotes. */
function understandBare(answer: string, shape: Shape): Understood | undefined {
  if (answer === "" || !isScalar(shape)) return undefined;
  const aligned = align(answer, shape);
  return aligned.fits ? { value: aligned.value, repairs: [unquoted, ...aligned.repairs] } : undefined;
}

/** Takes the first object or list in an answer that fits. */
function understandPart(text: string, answer: string, shape: Shape): Understood {
  const { readings, failure } = findCandidates(answer);
  const failures: Failure[] = [];
  for (const { value, start, end, repairs } of readings) {
    const aligned = align(value, shape);
    if (aligned.fits) {
      const around = end - start === text.trim().length ? [] : [setAside];
      return { value: aligned.value, repairs: [...around, ...repairs, ...aligned.repairs] };
    }
    failures.push(aligned.failure);
  }
  const deepest = failures.toSorted((a, b) => b.keys.length - a.keys.length)[0];
  throw new MdlParseError(
    failure ?? (deepest === undefined ? noValue(answer, shape) : describeFailure(deepest)),
  );
}

const setAside: Repair = { kind: "text", path: "", message: "set aside the text around the value" };
const unquoted: Repair = { kind: "syntax", path: "", message: "accepted text without quotes" };

function noValue(answer: string, shape: Shape): Mismatch {
  const expected = shorten(printType(shape, "inline"));
  return {
    path: "",
    expected,
    found: answer === "" ? "an empty answer" : `text without JSON: ${excerpt(answer)}`,
  };
}

/** Whether values of a shape are neither objects nor lists. */
function isScalar(shape: Shape): boolean {
  if (shape.kind === "union") return shape.members.every(isScalar);
  return ["str", "int", "float", "bool", "null", "literal"].includes(shape.kind);
}
