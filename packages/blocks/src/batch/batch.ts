import type { Block } from "../block.ts";
import type { BatchOptions } from "./batch-options.ts";
import { BatchProgress } from "./batch-progress.ts";
import { BatchState } from "./batch-state.ts";
import type { BatchSummary } from "./batch-summary.ts";
import { BatchTally } from "./batch-tally.ts";
import { beginBatch } from "./begin-batch.ts";
import { checkOptions } from "./check-options.ts";
import { LineFile } from "./line-file.ts";
import { runLines } from "./run-lines.ts";

/**
 * Runs a block on every line of a JSONL file, which may be larger than memory, and writes the results to another one.
 *
 * A run that ended early, however it ended (an error, a signal, SIGKILL), is continued by the same call: each line of the input stands
 * exactly once in the output or among the failures. Lines that were under way are run again. Beside the output lies `<output>.batch`,
 * which says what the input was, and which one run at a time holds.
 *
 * A line fails when it is not JSON, when the block throws, or when it gives a result whose `success` is `false`; the others go on.
 *
 * @returns what became of all lines, with tokens and cost.
 * @throws {@link BatchRunningError} where another run writes to the output; {@link BatchInputChangedError} where lines have changed that
 *   the output is of; {@link BatchOutputError} where a file holds something else; {@link TooManyFailuresError}; errors of the file system;
 *   the signal's reason. What is done by then stays written.
 *
 * @example
 * ```ts
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const [input, output] = [join(folder, "commands.jsonl"), join(folder, "results.jsonl")];
 * await writeFile(input, '{"shellCommand":"echo a"}\n{"shellCommand":"false"}\n');
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const { succeeded, failed } = await batch(shell, { input, output, concurrency: 2, progress: "none" });
 * console.log(succeeded, failed); // 1 1
 * ```
 */
export async function batch(block: Block, options: BatchOptions): Promise<BatchSummary> {
  const startMs = performance.now();
  const checked = checkOptions(options);
  const { output, failures: failuresPath, signal, progress: mode = "auto" } = checked;
  signal?.throwIfAborted();
  using state = await BatchState.open(output);
  await using results = await LineFile.open(output);
  await using failures = await LineFile.open(failuresPath);
  const files = { results, failures, tally: new BatchTally() };
  const { bytes, lines: totalLines } = await beginBatch(state, files, checked);
  const { tally } = files;
  const doneBefore = tally.done.size;
  using _progress = new BatchProgress({ mode, stream: process.stderr, tally, totalLines });
  const lines = await runLines(block, { ...files, endByte: bytes }, checked);
  return {
    lines,
    succeeded: tally.succeeded,
    failed: tally.failed,
    doneNow: tally.done.size - doneBefore,
    durationSeconds: (performance.now() - startMs) / 1_000,
    usage: tally.usage,
    costUsd: tally.costUsd,
  };
}
