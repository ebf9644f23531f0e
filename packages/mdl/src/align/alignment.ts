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

/** What comes of aligning a value. */
export interface Outcome {
  /** What the value was made into, or {@link misfit}. */
  value: unknown;
  /** How many repairs were made, whether or not they are recorded. */
  cost: number;
  /** Repairs, void for a misfit, and failures; undefined where there are none. */
  notes: (Repair | Failure)[] | undefined;
}

/** The outcome for a shape; one after the other for several shapes. */
interface Known extends Outcome {
  readonly shape: Shape;
  readonly isAlone: boolean;
  readonly next: Known | undefined;
}

const none: Outcome["notes"] & object = [];

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
    for (let known = this.#known.get(value); known !== undefined; known = known.next) {
      if (known.shape === shape && known.isAlone === isAlone) return known;
    }
    const { key } = this;
    const outer = this.#outcome;
    // A shape that leads back to itself, with nothing between, fits nothing.
    const outcome = this.know(value, shape, misfit, 0);
    this.key = undefined;
    this.#outcome = outcome;
    outcome.value = this.#step(value, shape, this);
    this.key = key;
    this.#outcome = outer;
    if (outcome.value !== value) this.know(outcome.value, shape, outcome.value, 0);
    return outcome;
  }

  /** Lets an outcome be that of the part that is being aligned. */
  take({ value, cost, notes }: Outcome): unknown {
    this.#outcome.cost += cost;
    for (const note of notes ?? none) this.#note(note);
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

  /** Notes what `value` was made into for `shape` where someone else made it; of objects and lists only. */
  know(value: unknown, shape: Shape, aligned: unknown, cost: number): Outcome {
    const known: Known = {
      value: aligned,
      cost,
      notes: undefined,
      shape,
      isAlone: value === this.alone,
      next: this.#known.get(value),
    };
    if (isContainer(value)) this.#known.set(value, known);
    return known;
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

  #note(note: Repair | Failure): void {
    if (!this.recording) return;
    const path = this.key === undefined ? note.path : pointerStep(this.key) + note.path;
    this.#outcome.notes ??= [];
    this.#outcome.notes.push({ ...note, path });
  }
}

/** Why there is a misfit. */
export function failuresOf({ notes }: Outcome): readonly Failure[] {
  return (notes ?? none).filter((note) => "shape" in note);
}

/** How far down the deepest of several failures is; less than 0 where there is none. */
export function depthOf(failures: readonly { readonly path: string }[]): number {
  return failures.reduce((depth, { path }) => Math.max(depth, path.split("/").length - 1), -1);
}

/** A failure in words. */
export function describeFailure({ path, shape, found }: Failure): Mismatch {
  return { path, expected: shorten(printType(shape)), found: excerpt(found) };
}
