import type { Block } from "../block.ts";
import { TooManyFailuresError } from "./batch-errors.ts";
import type { BatchFiles } from "./begin-batch.ts";
import type { CheckedOptions } from "./check-options.ts";
import { isBlank, type Line, readLines } from "./read-lines.ts";
import { runLine } from "./run-line.ts";
import { Slots } from "./slots.ts";

export interface RunLinesFiles extends BatchFiles {
  /** Where the part of the input ends that is known. */
  readonly endByte: number;
}

/** Runs the block on the lines that are not done; resolves to how many lines there are, blank ones aside. */
export async function runLines(
  block: Block,
  { results, failures, tally, endByte }: RunLinesFiles,
  {
    input,
    signal: outerSignal,
    observers = [],
    prices,
    concurrency,
    maxLineBytes,
    maxFailures,
  }: CheckedOptions,
): Promise<number> {
  const controller = new AbortController();
  const { signal } = controller;
  const onAbort = (): void => controller.abort(outerSignal?.reason);
  outerSignal?.addEventListener("abort", onAbort, { once: true });
  const failedBefore = tally.failed;
  const slots = new Slots(concurrency);
  const run = async (line: Line): Promise<void> => {
    try {
      const { head, outcome, text } = await runLine(block, line, { signal, prices, observers, maxLineBytes });
      await (outcome === "succeeded" ? results : failures).append(text);
      tally.add(head, outcome);
      const failed = tally.failed - failedBefore;
      if (failed >= maxFailures) throw new TooManyFailuresError(failed, failures.path);
    } catch (error) {
      // The first reason stays: what follows are lines that were aborted for it.
      controller.abort(error);
    }
  };
  let lines = 0;
  try {
    for await (const line of readLines(input, { maxLineBytes, endByte })) {
      if (signal.aborted) break;
      if (isBlank(line)) continue;
      lines++;
      if (!tally.done.has(line.number)) await slots.start(() => run(line));
    }
  } finally {
    await slots.end();
    outerSignal?.removeEventListener("abort", onAbort);
  }
  signal.throwIfAborted();
  return lines;
}
