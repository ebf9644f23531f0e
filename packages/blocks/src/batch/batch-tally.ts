import { addUsage, NO_USAGE, type Usage } from "@conduit/types";
import { LineSet } from "./line-set.ts";
import type { LineHead } from "./result-line.ts";

/** Which lines are done, and what they used. */
export class BatchTally {
  readonly done = new LineSet();
  succeeded = 0;
  failed = 0;
  usage: Usage = NO_USAGE;
  #costUsd = 0;
  #isPriced = true;

  /** What everything cost; `undefined` where something was used that has no price. */
  get costUsd(): number | undefined {
    return this.#isPriced ? this.#costUsd : undefined;
  }

  /** Counts a line; `false` where it was counted before. */
  add({ line, usage, costUsd }: LineHead, outcome: "succeeded" | "failed"): boolean {
    if (!this.done.add(line)) return false;
    this[outcome]++;
    if (usage !== undefined) {
      this.usage = addUsage(this.usage, usage);
      if (costUsd === undefined) this.#isPriced = false;
      else this.#costUsd += costUsd;
    }
    return true;
  }
}
