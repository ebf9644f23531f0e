import type { Usage } from "@conduit/types";

/** What became of the lines of an input; of all runs of a batch together, save where it says otherwise. */
export interface BatchSummary {
  /** Lines of the input, blank ones aside. */
  readonly lines: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Lines that this run did; others had been done before. */
  readonly doneNow: number;
  /** Time that this run took. */
  readonly durationSeconds: number;
  /** Tokens of all results and failures that are written down. What was under way when an earlier run was killed is not known. */
  readonly usage: Usage;
  /** Cost in US dollars; `undefined` where something was used that has no price. */
  readonly costUsd: number | undefined;
}
