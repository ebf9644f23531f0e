import type { Block } from "../block.ts";
import { TooManyFailuresError } from "./batch-errors.ts";
import type { BatchFiles } from "./begin-batch.ts";
import type { CheckedOptions } from "./check-options.ts";
import { isBlank, type Line, readLines } from "./read-lines.ts";
import { runLine } from "./run-line.ts";

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
  // Each line has a signal of its own, and nothing that lives long knows of a line that is done: V8 would let go of it only in its
  // rare full collections, and hold tens of megabytes until then.
  const controllers: (AbortController | undefined)[] = [];
  let stopped: { readonly reason: unknown } | undefined;
  const stop = (reason: unknown): void => {
    // The first reason stays: what follows are lines that were aborted for it.
    stopped ??= { reason };
    for (const controller of controllers) controller?.abort(stopped.reason);
  };
  // One that has fired says nothing to who listens only now.
  outerSignal?.throwIfAborted();
  const failedBefore = tally.failed;
  let lines = 0;
  async function* linesToDo(): AsyncGenerator<Line, void, undefined> {
    for await (const line of readLines(input, { maxLineBytes, endByte })) {
      if (stopped !== undefined) return;
      if (isBlank(line)) continue;
      lines++;
      if (!tally.done.has(line.number)) yield line;
    }
  }
  const toDo = linesToDo();
  const work = async (worker: number): Promise<void> => {
    for (let next = await toDo.next(); !next.done && stopped === undefined; next = await toDo.next()) {
      const controller = new AbortController();
      controllers[worker] = controller;
      const options = { signal: controller.signal, prices, observers, maxLineBytes };
      const { head, outcome, text } = await runLine(block, next.value, options);
      await (outcome === "succeeded" ? results : failures).append(text);
      tally.add(head, outcome);
      const failed = tally.failed - failedBefore;
      if (failed >= maxFailures) throw new TooManyFailuresError(failed, failures.path);
    }
  };
  const onAbort = (): void => stop(outerSignal?.reason);
  outerSignal?.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker).catch(stop)));
  } finally {
    outerSignal?.removeEventListener("abort", onAbort);
    await toDo.return();
  }
  if (stopped !== undefined) throw stopped.reason;
  return lines;
}
