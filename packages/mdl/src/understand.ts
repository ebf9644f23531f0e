import { startAlignment } from "./align/align.ts";
import {
  depthOf,
  describeFailure,
  type Failure,
  failuresOf,
  misfit,
  notesOf,
  type Outcome,
} from "./align/alignment.ts";
import { alternatives, partShape } from "./align/shapes-at.ts";
import { isContainer } from "./is-container.ts";
import { MdlParseError } from "./mdl-parse-error.ts";
import { answerText, endOfReasoning } from "./read/answer-text.ts";
import type { Reading } from "./read/reading.ts";
import { readAll } from "./read-all.ts";
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
  const { readings: all, failure } = readAll(text, takesScalars(shape));
  const written = ({ start, end }: Reading) => text.slice(start, end).trim();
  const readings = all.filter((reading) => isContainer(reading.value) || written(reading) === answer);
  const isSeries = readings.length > 1 && takesLines(shape);
  let failures: readonly Failure[] = [];
  const aligned = (value: unknown, repairs: readonly Repair[]): readonly Meaning[] => {
    const outcome = startAlignment({ recording: true }).outcome(value, shape);
    if (outcome.value !== misfit) return [meaning(outcome, repairs)];
    // Of several values that do not fit, the one that fits the furthest was meant.
    const found = failuresOf(outcome);
    if (depthOf(found) > depthOf(failures)) failures = found;
    return [];
  };
  const meanings: Meaning[] = [];
  for (const reading of readings) {
    const { value, repairs } = reading;
    const isAll = before.length === 0 && written(reading) === text.trim();
    if (isAll && repairs.length === 0) yield { value, repairs, plain: true };
    // One value in the place of a list may be the first of several.
    if (isSeries && !Array.isArray(value)) continue;
    meanings.push(...aligned(value, isAll ? repairs : [setAside, ...repairs]));
  }
  // What needs the least is what was meant, before an empty value; the first of equals.
  yield* meanings.sort((a, b) => a.cost - b.cost);
  if (isSeries) {
    // Values one after the other, such as JSON lines, are the items of a list; lists among them are no items.
    const items = readings.filter(({ value }) => !Array.isArray(value) || fitsItem(value, shape));
    const joined: Repair = { kind: "list", path: "", message: `read ${items.length} values as a list` };
    const repairs = items.flatMap((item, index) =>
      item.repairs.map((repair) => ({ ...repair, path: `/${index}${repair.path}` })),
    );
    const values = items.map(({ value }) => value);
    if (items.length > 0) yield* aligned(values, [setAside, joined, ...repairs]);
  }
  const nothing = describeFailure({ path: "", shape, found: answer });
  const found = answer === "" ? "an empty answer" : `text without JSON: ${nothing.found}`;
  const [first = { ...nothing, found }, ...others] = failure ? [failure] : failures.map(describeFailure);
  // A text that begins with a quote and is none was cut off, or was refused with its quotes already.
  if (/^[^"'`“]/.test(answer) && isScalar(shape)) yield* aligned(answer, [...before, unquoted]);
  return new MdlParseError(first, others);
}

/** What a value means that was made to fit. */
function meaning({ value, notes }: Outcome, before: readonly Repair[]): Meaning {
  // What fits has no failures.
  const repairs = notesOf(notes) as readonly Repair[];
  const isEmpty = isContainer(value) && Object.keys(value).length === 0;
  return { value, repairs: [...before, ...repairs], cost: 2 * repairs.length + (isEmpty ? 1 : 0) };
}

function fitsItem(value: unknown, shape: Shape): boolean {
  return startAlignment({ recording: false }).align(value, partShape(shape, 0)) !== misfit;
}

const setAside: Repair = { kind: "text", path: "", message: "set aside the text around the value" };
const unquoted: Repair = { kind: "syntax", path: "", message: "accepted text without quotes" };

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
