import { excerpt, shorten } from "../excerpt.ts";
import { isContainer } from "../is-container.ts";
import { pointerStep } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import { printType } from "../print/print-type.ts";
import type { Repair, RepairKind } from "../repair.ts";
import type { Shape } from "../shape/shape.ts";

/** Stands for a value that cannot be made to fit. */
export const misfit: unique symbol = Symbol("misfit");

/** Why a value does not fit. */
export interface Failure {
  /** JSON Pointer of the part that does not fit, from the value that is aligned. */
  readonly path: string;
  readonly shape: Shape;
  readonly found: unknown;
}

type Told = Repair | Failure;

/** What there is to tell of the part under a key, or of the value itself: this, or all that was noted for it. */
type Note = readonly [key: string | number | undefined, note: Told | Note[]];

/** What comes of aligning a value. */
export interface Outcome {
  /** What the value was made into, or {@link misfit}. */
  value: unknown;
  /** How many repairs were made, whether or not they are recorded. */
  cost: number;
  /** Repairs, void for a misfit, and failures; undefined where there are none. */
  notes: Note[] | undefined;
}

/** The outcome for a shape; one after the other for several shapes. */
interface Known extends Outcome {
  readonly shape: Shape;
  readonly isAlone: boolean;
  readonly next: Known | undefined;
}

/** Makes a value fit a shape by means of `alignment`. */
export type AlignStep = (value: unknown, shape: Shape, alignment: Alignment) => unknown;

/**
 * State of an alignment: where it is, what it repaired, and what failed.
 *
 * It knows what it made of each object and list for each shape, so that no part is aligned twice: neither with the members of
 * nested unions, nor when, in a stream, what is around a part is aligned after it.
 */
export class Alignment {
  /** Whether repairs and failures are told, not only counted. */
  readonly recording: boolean;
  /** Key of the part that is being aligned; undefined for the value itself. */
  key: string | number | undefined;
  /** The value that another, such as a list of it, is aligned instead of. */
  alone: unknown;
  readonly #step: AlignStep;
  readonly #known = new Map<unknown, Known>();
  /** What has come so far of the object or list that is being aligned; void after a misfit. */
  #outcome: Outcome = { value: misfit, cost: 0, notes: undefined };

  constructor(step: AlignStep, recording: boolean) {
    this.#step = step;
    this.recording = recording;
  }

  /** How many repairs were made of the values that were aligned. */
  get cost(): number {
    return this.#outcome.cost;
  }

  get knownCount(): number {
    return this.#known.size;
  }

  /** Makes a value fit a shape; gives the value itself back where it fits already, {@link misfit} where it cannot fit. */
  align(value: unknown, shape: Shape): unknown {
    return isContainer(value) ? this.take(this.outcome(value, shape)) : this.#step(value, shape, this);
  }

  /** What would come of aligning a value. */
  outcome(value: unknown, shape: Shape): Outcome {
    const isAlone = value === this.alone;
    const first = isContainer(value) ? this.#known.get(value) : undefined;
    for (let known = first; known !== undefined; known = known.next) {
      if (known.shape === shape && known.isAlone === isAlone) return known;
    }
    const { key } = this;
    const outer = this.#outcome;
    // A shape that leads back to itself, with nothing between, fits nothing.
    const outcome: Known = { value: misfit, cost: 0, notes: undefined, shape, isAlone, next: first };
    if (isContainer(value)) this.#known.set(value, outcome);
    this.key = undefined;
    this.#outcome = outcome;
    outcome.value = this.#step(value, shape, this);
    this.key = key;
    this.#outcome = outer;
    if (outcome.value !== value && isContainer(outcome.value))
      this.know(outcome.value, shape, outcome.value, 0);
    return outcome;
  }

  /** Lets an outcome be that of the part that is being aligned. */
  take({ value, cost, notes }: Outcome): unknown {
    this.#outcome.cost += cost;
    if (notes !== undefined) this.#note(notes);
    return value;
  }

  /** Forgets what has come so far of the object or list that is being aligned. */
  restart(): void {
    Object.assign(this.#outcome, { cost: 0, notes: undefined });
  }

  /** Whether a value fits a shape as it is. */
  fits(value: unknown, shape: Shape): boolean {
    const { value: aligned, cost } = this.outcome(value, shape);
    return aligned !== misfit && cost === 0;
  }

  /** Notes what `value` was made into for `shape` where someone else made it. */
  know(value: object, shape: Shape, aligned: unknown, cost: number): void {
    const next = this.#known.get(value);
    this.#known.set(value, { value: aligned, cost, notes: undefined, shape, isAlone: false, next });
  }

  /** Forgets what it knows, where no value of which it knows a part is aligned again. */
  forget(): void {
    this.#known.clear();
  }

  /** Lets `shown`, which is equal, stand for what `value` was made into. */
  adopt(value: object, aligned: unknown, shown: object): void {
    for (let known = this.#known.get(value); known !== undefined; known = known.next) {
      if (known.value !== aligned) continue;
      known.value = shown;
      this.know(shown, known.shape, shown, 0);
    }
  }

  /** Notes a repair of the part that is being aligned. */
  repaired(kind: RepairKind, message: string): undefined {
    this.#outcome.cost += 1;
    this.#note({ kind, path: "", message });
  }

  /** Notes that `found`, which is at `path` in the part that is being aligned, does not fit `shape`. */
  misfit(shape: Shape, found: unknown, path = ""): typeof misfit {
    this.#note({ path, shape, found });
    return misfit;
  }

  #note(note: Note[1]): void {
    if (!this.recording) return;
    this.#outcome.notes ??= [];
    this.#outcome.notes.push([this.key, note]);
  }
}

/** All that was noted, with paths from the value on. */
export function notesOf(notes: readonly Note[] = [], start = "", told: Told[] = []): readonly Told[] {
  for (const [key, note] of notes) {
    const path = key === undefined ? start : start + pointerStep(key);
    if (Array.isArray(note)) notesOf(note, path, told);
    else told.push({ ...note, path: path + note.path });
  }
  return told;
}

/** Why there is a misfit. */
export function failuresOf({ notes }: Outcome): readonly Failure[] {
  return notesOf(notes).filter((note) => "shape" in note);
}

/** How far down the deepest of several failures is; less than 0 where there is none. */
export function depthOf(failures: readonly { readonly path: string }[]): number {
  return failures.reduce((depth, { path }) => Math.max(depth, path.split("/").length - 1), -1);
}

/** A failure in words. */
export function describeFailure({ path, shape, found }: Failure): Mismatch {
  return { path, expected: shorten(printType(shape)), found: excerpt(found) };
}
