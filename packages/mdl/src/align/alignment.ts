import { excerpt, shorten } from "../excerpt.ts";
import { jsonPointer, type Keys } from "../json-pointer.ts";
import type { Mismatch } from "../mdl-parse-error.ts";
import { printType } from "../print/print-type.ts";
import type { Repair, RepairKind } from "../repair.ts";
import type { Shape } from "../shape/shape.ts";

/** Stands for a value that cannot be made to fit. */
export const misfit: unique symbol = Symbol("misfit");

/** Why a value does not fit. */
export interface Failure {
  readonly keys: Keys;
  readonly shape: Shape;
  readonly found: unknown;
}

/** What an object or list was made into for a shape; one after the other for several shapes. */
interface Known {
  readonly shape: Shape;
  readonly depth: number;
  value: unknown;
  cost: number;
  repairs: readonly Repair[];
  failures: readonly Failure[];
  readonly next: Known | undefined;
}

const none: readonly never[] = [];

/** Makes a value fit a shape by means of `alignment`. */
export type AlignStep = (value: unknown, shape: Shape, alignment: Alignment) => unknown;

/**
 * State of an alignment: where it is, what it repaired, and what failed.
 *
 * It knows what it made of each object and list for each shape, so that no part is aligned twice: neither with the members of
 * nested unions, nor when, in a stream, what is around a part is aligned after it.
 */
export class Alignment {
  readonly keys: (string | number)[] = [];
  repairs: Repair[] = [];
  failures: Failure[] = [];
  /** How many repairs were made, whether or not they are recorded. */
  cost = 0;
  /** The value that is being made a list of one. */
  alone: unknown;
  /** Whether repairs and failures are told, not only counted. */
  readonly recording: boolean;
  readonly #step: AlignStep;
  readonly #known = new Map<object, Known>();

  constructor(step: AlignStep, recording: boolean) {
    this.#step = step;
    this.recording = recording;
  }

  /** Makes a value fit a shape; gives the value itself back where it fits already, {@link misfit} where it cannot fit. */
  align(value: unknown, shape: Shape): unknown {
    if (typeof value !== "object" || value === null) return this.#step(value, shape, this);
    const depth = this.recording ? this.keys.length : 0;
    const first = this.#known.get(value);
    for (let known = first; known !== undefined; known = known.next) {
      if (known.shape !== shape || known.depth !== depth) continue;
      this.cost += known.cost;
      if (this.recording) this.repairs.push(...known.repairs);
      if (this.recording) this.failures.push(...known.failures);
      return known.value;
    }
    const { cost, repairs, failures } = this;
    // A shape that leads back to itself, with nothing between, fits nothing.
    const known: Known = { shape, depth, value: misfit, cost: 0, repairs: none, failures: none, next: first };
    this.#known.set(value, known);
    const [repairCount, failureCount] = [repairs.length, failures.length];
    known.value = this.#step(value, shape, this);
    known.cost = this.cost - cost;
    if (this.recording && known.cost > 0) known.repairs = repairs.slice(repairCount);
    if (this.recording && known.value === misfit) known.failures = failures.slice(failureCount);
    if (known.value !== value) this.#fitsAlready(known.value, shape);
    return known.value;
  }

  /** Whether a value fits a shape as it is. */
  fits(value: unknown, shape: Shape): boolean {
    const { cost } = this;
    const tried = () => (this.align(value, shape) !== misfit && this.cost === cost ? value : misfit);
    return this.attempt(tried) !== misfit;
  }

  /** Runs `align`, and takes back what it repaired and failed at when it gives a misfit. */
  attempt(align: () => unknown): unknown {
    const { cost } = this;
    const [repairCount, failureCount] = [this.repairs.length, this.failures.length];
    const aligned = align();
    this.failures.length = failureCount;
    if (aligned === misfit) {
      this.repairs.length = repairCount;
      this.cost = cost;
    }
    return aligned;
  }

  /** Notes what `value` was made into for `shape` where someone else made it. */
  know(value: object, shape: Shape, aligned: unknown, cost: number): void {
    const next = this.#known.get(value);
    this.#known.set(value, { shape, depth: 0, value: aligned, cost, repairs: none, failures: none, next });
  }

  get knownCount(): number {
    return this.#known.size;
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
      this.#fitsAlready(shown, known.shape);
    }
  }

  #fitsAlready(value: unknown, shape: Shape): void {
    if (typeof value !== "object" || value === null) return;
    const depth = this.recording ? this.keys.length : 0;
    const next = this.#known.get(value);
    this.#known.set(value, { shape, depth, value, cost: 0, repairs: none, failures: none, next });
  }

  repaired(kind: RepairKind, message: string): void {
    this.cost += 1;
    if (this.recording) this.repairs.push({ kind, path: jsonPointer(this.keys), message });
  }

  /** Notes that `found` does not fit `shape` here. */
  misfit(shape: Shape, found: unknown): typeof misfit {
    if (this.recording) this.failures.push({ keys: [...this.keys], shape, found });
    return misfit;
  }
}

/** A failure in words. */
export function describeFailure({ keys, shape, found }: Failure): Mismatch {
  return { path: jsonPointer(keys), expected: shorten(printType(shape)), found: excerpt(found) };
}
