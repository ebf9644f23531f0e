import { startAlignment } from "./align/align.ts";
import { depthOf, describeFailure, type Failure, misfit } from "./align/alignment.ts";
import { alternatives, partShape } from "./align/shapes-at.ts";
import { excerpt, shorten } from "./excerpt.ts";
import { MdlParseError } from "./mdl-parse-error.ts";
import { printType } from "./print/print-type.ts";
import { AnswerReader } from "./read/answer-reader.ts";
import { answerText, endOfReasoning } from "./read/answer-text.ts";
import type { Reading } from "./read/reading.ts";
import type { Repair } from "./repair.ts";
import type { Shape } from "./shape/shape.ts";

/** A value that an answer may have meant. */
export interface Understood {
  readonly value: unknown;
  readonly repairs: readonly Repair[];
  /** Whether this is the JSON of the answer, not yet made to fit the shape. */
  readonly plain?: true;
}

/** A value that fits, and what it took to make it fit. */
interface Meaning extends Understood {
  readonly cost: number;
}

/**
 * Finds the values of a shape in the text that a model wrote, the likeliest first: strict JSON as it is, then what models
 * write for it. Returns why there are no others.
 */
export function* understand(text: string, shape: Shape): Generator<Understood, MdlParseError> {
  const end = text.lastIndexOf(endOfReasoning);
  if (end < 0) return yield* understandAnswer(text, shape, []);
  // A value may hold the mark in its text, and reasoning may leave a string open before it.
  const whole = [...understandAnswer(text, shape, [])];
  yield* whole.filter(({ plain }) => plain);
  const error = yield* understandAnswer(text.slice(end + endOfReasoning.length), shape, [setAside]);
  yield* whole.filter(({ plain }) => !plain);
  return error;
}

function* understandAnswer(
  text: string,
  shape: Shape,
  before: readonly Repair[],
): Generator<Understood, MdlParseError> {
  const answer = answerText(text);
  const reader = new AnswerReader({ scalars: takesScalars(shape) });
  reader.push(text);
  reader.end();
  const readings = reader.readings.filter(
    ({ value, start, end }) =>
      (typeof value === "object" && value !== null) || text.slice(start, end).trim() === answer,
  );
  const isAll = ({ start, end }: Reading) =>
    text.slice(0, start).trim() === "" && text.slice(end).trim() === "";
  const failures: Failure[] = [];
  const meanings: Meaning[] = [];
  for (const reading of readings) {
    const alone = before.length === 0 && isAll(reading);
    if (alone && reading.repairs.length === 0) yield { value: reading.value, repairs: [], plain: true };
    // One value in the place of a list may be the first of several.
    if (readings.length > 1 && takesLines(shape) && !Array.isArray(reading.value)) continue;
    const around = alone ? before : [setAside];
    meanings.push(...aligned(reading.value, [...around, ...reading.repairs], shape, failures));
  }
  // What needs the least is what was meant, before an empty value; the first of equals.
  yield* meanings.sort((a, b) => a.cost - b.cost);
  if (readings.length > 1 && takesLines(shape)) yield* understandLines(readings, shape, failures);
  // A text that begins with a quote and is none was cut off, or was refused with its quotes already.
  if (/^[^"'`“]/.test(answer) && isScalar(shape)) yield* aligned(answer, [...before, unquoted], shape, []);
  const mismatches = reader.failure ? [reader.failure] : failures.map(describeFailure);
  const [first = noValue(answer, shape), ...others] = mismatches;
  return new MdlParseError(first, others);
}

/** What a value means for a shape; nothing, and why, where it does not fit. */
function aligned(
  value: unknown,
  repairs: readonly Repair[],
  shape: Shape,
  failures: Failure[],
): readonly Meaning[] {
  const outcome = startAlignment({ recording: true }).outcome(value, shape);
  const fitting = outcome.value;
  if (fitting !== misfit) {
    const isEmpty = typeof fitting === "object" && fitting !== null && Object.keys(fitting).length === 0;
    const cost = 2 * outcome.repairs.length + (isEmpty ? 1 : 0);
    return [{ value: fitting, repairs: [...repairs, ...outcome.repairs], cost }];
  }
  if (depthOf(outcome.failures) > depthOf(failures)) failures.splice(0, failures.length, ...outcome.failures);
  return [];
}

/** Takes values one after the other, such as JSON lines, for the items of a list; lists among them are no items. */
function understandLines(
  readings: readonly Reading[],
  shape: Shape,
  failures: Failure[],
): readonly Meaning[] {
  const items = readings.filter(({ value }) => !Array.isArray(value) || fitsItem(value, shape));
  if (items.length === 0) return [];
  const repairs = items.flatMap((item, index) =>
    item.repairs.map((repair) => ({ ...repair, path: `/${index}${repair.path}` })),
  );
  const joined: Repair = { kind: "list", path: "", message: `read ${items.length} values as a list` };
  const values = items.map(({ value }) => value);
  return aligned(values, [setAside, joined, ...repairs], shape, failures);
}

function fitsItem(value: unknown, shape: Shape): boolean {
  return startAlignment({ recording: false }).align(value, partShape(shape, 0)) !== misfit;
}

const setAside: Repair = { kind: "text", path: "", message: "set aside the text around the value" };
const unquoted: Repair = { kind: "syntax", path: "", message: "accepted text without quotes" };

function noValue(answer: string, shape: Shape) {
  const found = answer === "" ? "an empty answer" : `text without JSON: ${excerpt(answer)}`;
  return { path: "", expected: shorten(printType(shape)), found };
}

/** Whether values of a shape are neither objects nor lists. */
function isScalar(shape: Shape): boolean {
  return alternatives(shape).every(({ kind }) =>
    ["str", "int", "float", "bool", "null", "literal"].includes(kind),
  );
}

/** Whether values of a shape may be neither objects nor lists. */
export function takesScalars(shape: Shape): boolean {
  return alternatives(shape).some((leaf) => (leaf.kind !== "object" && leaf.kind !== "list") || leaf.loose);
}

/** Whether values of a shape are lists, so that several values may be the items of one. */
export function takesLines(shape: Shape): boolean {
  return alternatives(shape).every(({ kind }) => kind === "list");
}
