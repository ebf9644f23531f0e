import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { InvalidBlockOptionsError } from "../invalid-block-options-error.ts";
import { requireCount } from "../option-checks.ts";
import type { BatchOptions } from "./batch-options.ts";

const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;

/** The options, with nothing left out. */
export interface CheckedOptions extends BatchOptions {
  readonly failures: string;
  /** The failure file's path from where the output is. */
  readonly failuresFromOutput: string;
  readonly concurrency: number;
  readonly retryFailures: boolean;
  readonly maxFailures: number;
  readonly maxLineBytes: number;
}

/** @throws {@link InvalidBlockOptionsError} */
export function checkOptions(options: BatchOptions): CheckedOptions {
  const {
    concurrency = 8,
    retryFailures = false,
    maxFailures,
    maxLineBytes = DEFAULT_MAX_LINE_BYTES,
  } = options;
  requireCount("batch", "concurrency", concurrency, 1);
  requireCount("batch", "maxLineBytes", maxLineBytes, 1);
  if (maxFailures !== undefined) requireCount("batch", "maxFailures", maxFailures, 1);
  const input = realPath(options.input);
  const output = realPath(options.output);
  const failures = realPath(options.failures ?? `${options.output}.failures`);
  for (const [option, path, others] of [
    ["output", output, [input]],
    ["failures", failures, [input, output, `${output}.batch`]],
  ] as const) {
    if (others.includes(path)) {
      throw new InvalidBlockOptionsError("a file of its own", path, { block: "batch", option });
    }
  }
  return {
    ...options,
    input,
    output,
    failures,
    failuresFromOutput: relative(dirname(output), failures),
    concurrency,
    retryFailures,
    maxFailures: maxFailures ?? Number.POSITIVE_INFINITY,
    maxLineBytes,
  };
}

/** One path for one file, so that two names of the same output have the same lock. The file itself may be missing. */
function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    try {
      return join(realpathSync(dirname(absolute)), basename(absolute));
    } catch {
      return absolute;
    }
  }
}
