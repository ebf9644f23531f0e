import { misfit } from "../align/alignment.ts";
import type { Shape } from "../shape/shape.ts";
import { type Choice, maxKnown, type Part } from "./choice.ts";

/** A shape that an unfinished value may still fit, and how many repairs its parts took so far. */
export interface Candidate {
  readonly shape: Shape;
  cost: number;
}

/** The shapes that an unfinished value may be of. */
export class Candidates {
  /** Those that a whole part contradicts are dropped as long as another is left. */
  choice: Choice;
  /** The one that is shown: one whose parts took few repairs. */
  best: Candidate;
  /** All of them with what they cost; undefined as long as each takes every part as it was written. */
  #weighed: readonly Candidate[] | undefined;

  constructor(choice: Choice) {
    this.choice = choice;
    this.best = { shape: choice.shapes[0] as Shape, cost: 0 };
  }

  /** Whether one is left. */
  get isSettled(): boolean {
    return this.choice.shapes.length === 1;
  }

  /** Whether each takes every part so far as it was written. */
  get isPlain(): boolean {
    return this.#weighed === undefined;
  }

  /**
   * Whether all that may be meant take every part as it was written, this new one too, as can be seen without weighing them;
   * drops those that a literal is known to contradict.
   */
  take(part: unknown, { left, tests }: Part): boolean {
    if (this.#weighed !== undefined && !this.isSettled) return false;
    const choice = typeof part === "string" ? left?.get(part) : undefined;
    if (choice === undefined) return fitAll(part, tests);
    this.choice = choice;
    const { shapes } = choice;
    if (!shapes.includes(this.best.shape)) this.best = { shape: shapes[0] as Shape, cost: 0 };
    return true;
  }

  /** Drops those that a part contradicts, and gives what becomes of it for the best one. `align` does it for one of them. */
  weigh(
    part: unknown,
    { tests, left }: Part,
    isNew: boolean,
    align: (candidate: Candidate) => unknown,
  ): unknown {
    const before = this.best;
    const mayStayPlain = isNew && this.isPlain;
    const candidates =
      this.#weighed ??
      this.choice.shapes.map((shape) => (shape === before.shape ? before : { shape, cost: 0 }));
    const aligned = candidates.map((candidate, index) =>
      isNew && tests[index]?.(part) ? part : align(candidate),
    );
    const fits = aligned.map((value) => value !== misfit);
    const isAnyLeft = fits.includes(true);
    const alive = isAnyLeft ? candidates.filter((_, index) => fits[index]) : candidates;
    const best = bestOf(alive, before);
    this.best = best;
    this.#weighed = alive;
    if (alive.length < candidates.length) this.choice = this.choice.narrow(fits);
    if (mayStayPlain && isAnyLeft && aligned.every((value) => value === misfit || value === part)) {
      this.#weighed = undefined;
      const isShort = typeof part === "string" && part.length < maxKnown;
      if (isShort && left !== undefined && left.size < maxKnown) left.set(part, this.choice);
    }
    return aligned[candidates.indexOf(best)];
  }
}

function fitAll(part: unknown, tests: Part["tests"]): boolean {
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
