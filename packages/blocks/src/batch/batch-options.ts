import type { CallOptions } from "@conduit/types";
import type { BlockObserver } from "../observe/block-observer.ts";
import type { TokenPrices } from "../observe/token-prices.ts";

/** How a batch runs, and where it reads and writes. */
export interface BatchOptions extends CallOptions {
  /** File with one JSON value per line: the data of one run each. Blank lines are passed over. */
  readonly input: string;
  /**
   * File for the results: `{"line":1,"value":{…}}`, with `"usage"` and `"costUsd"` where models were used. Lines come in the order in
   * which they are done; `line` counts the input's lines from 1.
   */
  readonly output: string;
  /** File for what failed: `{"line":2,"error":{"name","code","message"},"input":"…"}`. Default: the output's path and `.failures`. */
  readonly failures?: string | undefined;
  /** How many lines are under way at a time. Default 8. */
  readonly concurrency?: number | undefined;
  /** Whether lines that failed in an earlier run are run again. Default `false`. */
  readonly retryFailures?: boolean | undefined;
  /** Failures of this run after which it stops. Default: never. */
  readonly maxFailures?: number | undefined;
  /** Longest line in bytes; a longer one is a failure. Default 16 MiB. */
  readonly maxLineBytes?: number | undefined;
  /** What tokens cost, for the summary. */
  readonly prices?: TokenPrices | undefined;
  /** How progress is told on stderr: as a bar on a terminal and otherwise as lines, or not at all. Default `"auto"`. */
  readonly progress?: "auto" | "bar" | "lines" | "none" | undefined;
  /** What hears of each run. */
  readonly observers?: readonly BlockObserver[] | undefined;
}
