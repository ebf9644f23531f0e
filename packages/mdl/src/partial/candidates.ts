import { misfit } from "../align/alignment.ts";
import type { Shape } from "../shape/shape.ts";
import type { Key } from "./container.ts";
import { maxKnown, type SharedPart, sharedPart } from "./growable.ts";

/** A shape that an unfinished value may still fit, and how many repairs its parts took so far. */
export interface Candidate {
  readonly shape: Shape;
  cost: number;
}

/** The several shapes that an unfinished value may be of. */
export class Candidates {
  /** Those that a whole part contradicts are dropped as long as another is left. */
  #shapes: readonly Shape[];
  #best: Candidate;
  /** All of them with what they cost; undefined as long as each takes every part as it was written. */
  #weighed: readonly Candidate[] | undefined;

  constructor(shapes: readonly Shape[]) {
    this.#shapes = shapes;
    this.#best = { shape: shapes[0] as Shape, cost: 0 };
  }

  /** The one that is shown: one whose parts took few repairs. */
  get best(): Candidate {
    return this.#best;
  }

  /** Whether one is left. */
  get isSettled(): boolean {
    return this.#shapes.length === 1;
  }

  /** Whether each takes every part so far as it was written. */
  get isPlain(): boolean {
    return this.#weighed === undefined;
  }

  /** What the part under `key` may be. */
  partAt(key: Key): SharedPart {
    return sharedPart(this.#shapes, key);
  }

  /**
   * Whether all that may be meant take every part as it was written, this new one too, as can be seen without weighing them;
   * drops those that a literal is known to contradict.
   */
  take(part: unknown, { left, tests }: SharedPart): boolean {
    if (this.#weighed !== undefined) return false;
    const shapes = typeof part === "string" ? left?.get(part) : undefined;
    if (shapes === undefined) return fitAll(part, tests);
    this.#shapes = shapes;
    if (!shapes.includes(this.#best.shape)) this.#best = { shape: shapes[0] as Shape, cost: 0 };
    return true;
  }

  /** Drops those that a part contradicts, and gives what becomes of it for the best one. `align` does it for one of them. */
  weigh(
    part: unknown,
    { tests, left }: SharedPart,
    isNew: boolean,
    align: (candidate: Candidate) => unknown,
  ): unknown {
    const before = this.#best;
    const mayStayPlain = isNew && this.isPlain;
    const candidates =
      this.#weighed ?? this.#shapes.map((shape) => (shape === before.shape ? before : { shape, cost: 0 }));
    const aligned = candidates.map((candidate, index) =>
      isNew && tests[index]?.(part) ? part : align(candidate),
    );
    const fitting = candidates.filter((_, index) => aligned[index] !== misfit);
    const alive = fitting.length > 0 ? fitting : candidates;
    const best = bestOf(alive, before);
    this.#best = best;
    this.#weighed = alive;
    if (alive.length < candidates.length) this.#shapes = alive.map(({ shape }) => shape);
    if (mayStayPlain && fitting.length > 0 && aligned.every((value) => value === misfit || value === part)) {
      this.#weighed = undefined;
      const isShort = typeof part === "string" && part.length < maxKnown;
      if (isShort && left !== undefined && left.size < maxKnown) left.set(part, this.#shapes);
    }
    return aligned[candidates.indexOf(best)];
  }
}

function fitAll(part: unknown, tests: SharedPart["tests"]): boolean {
  for (const fits of tests) if (!fits(part)) return false;
  return true;
}

/**
 * The candidate whose parts took the fewest repairs, the first of equals; the one `before` as long as it took no more than
 * twice as many, since with another all parts are shown anew.
 */
function bestOf(candidates: readonly Candidate[], before: Candidate): Candidate {
  const best = candidates.reduce((least, candidate) => (candidate.cost < least.cost ? candidate : least));
  return candidates.includes(before) && before.cost <= 2 * best.cost ? before : best;
}
