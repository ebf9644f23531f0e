/** Time in milliseconds between two lines that differ in their amounts only. */
const AMOUNT_INTERVAL_MS = 5_000;

/** Numbers of what is counted: `40 %`, `2.1 of 4.2 GB`. */
const AMOUNTS = /\d+(\.\d+)?(?= (%|of \d|[kMGT]?B\b))/g;

/** Decides what of a node's progress is worth a line for a person. */
export class ProgressLines {
  #last: string | undefined;
  #lastMs = 0;

  /** Whether to tell it now: what is new at once, other amounts of the same now and then, the same again never. */
  isDue(progress: string, nowMs: number): boolean {
    if (progress === this.#last) return false;
    const isSameStep = this.#last !== undefined && withoutAmounts(this.#last) === withoutAmounts(progress);
    if (isSameStep && nowMs - this.#lastMs < AMOUNT_INTERVAL_MS) return false;
    this.#last = progress;
    this.#lastMs = nowMs;
    return true;
  }
}

function withoutAmounts(progress: string): string {
  return progress.replace(AMOUNTS, "");
}
