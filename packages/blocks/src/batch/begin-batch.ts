import { BatchInputChangedError, BatchOutputError } from "./batch-errors.ts";
import type { BatchState } from "./batch-state.ts";
import type { BatchTally } from "./batch-tally.ts";
import type { CheckedOptions } from "./check-options.ts";
import { type Fingerprint, fingerprint } from "./fingerprint.ts";
import type { LineFile } from "./line-file.ts";

/** What a batch writes to. */
export interface BatchFiles {
  readonly results: LineFile;
  readonly failures: LineFile;
  readonly tally: BatchTally;
}

/** Finds out what earlier runs did, writes down what the input is, and gives that. */
export async function beginBatch(
  state: BatchState,
  { results, failures, tally }: BatchFiles,
  { input, output, failuresFromOutput, retryFailures, signal }: CheckedOptions,
): Promise<Fingerprint> {
  const record = state.read();
  const isNew = (await results.isEmpty()) && (await failures.isEmpty());
  if (!isNew && record === undefined) {
    const file = (await results.isEmpty()) ? failures : results;
    throw new BatchOutputError(file.path, `a file that is there and no ${output}.batch beside the output`);
  }
  if (!isNew && record !== undefined && record.failures !== failuresFromOutput) {
    throw new BatchOutputError(output, `results of a batch whose failures are in ${record.failures}`);
  }
  const now = await fingerprint(input, { before: isNew ? undefined : record?.input, signal });
  if (now === undefined) throw new BatchInputChangedError(input, output);
  // Before anything else is written: results must not lie there without what they are results of.
  state.write({ input: now, failures: failuresFromOutput });
  await results.recover((head) => {
    signal?.throwIfAborted();
    if (tally.add(head, "succeeded")) return;
    throw new BatchOutputError(results.path, `line ${head.line} of the input twice`);
  });
  if (retryFailures) await failures.clear();
  else {
    await failures.recover((head) => {
      signal?.throwIfAborted();
      tally.add(head, "failed");
    });
  }
  return now;
}
