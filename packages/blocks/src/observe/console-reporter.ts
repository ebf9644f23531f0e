import type { BlockObserver, BlockStart, BlockWatch } from "./block-observer.ts";
import { drawRun, RecordedRun } from "./draw-run.ts";

export interface ConsoleReporterOptions {
  /** Where a run is drawn. Default: `process.stderr`. */
  readonly stream?: { write(text: string): unknown } | undefined;
}

/**
 * Draws each run as a tree when it ends: every block with its time, its tokens, and how it ended where that is not by a result that
 * succeeds.
 *
 * @example
 * ```ts
 * const shell = new SystemCommandBlock(SupportsShellCommand);
 * const twice = parallel({ first: shell, second: shell });
 * await twice.run({ shellCommand: "sleep 0.1" }, { observers: [consoleReporter()] });
 * // parallel(first: SystemCommandBlock, second: SystemCommandBlock)  108 ms
 * // ├─ SystemCommandBlock  107 ms
 * // └─ SystemCommandBlock  106 ms
 * ```
 */
export function consoleReporter({ stream = process.stderr }: ConsoleReporterOptions = {}): BlockObserver {
  return {
    start(start) {
      const run = new RecordedRun(start.block.name);
      const watch = watchOf(run);
      return {
        ...watch,
        end(outcome) {
          watch.end(outcome);
          stream.write(`${drawRun(run).join("\n")}\n`);
        },
      };
    },
  };
}

function watchOf(run: RecordedRun): BlockWatch {
  return {
    part: ({ block }: BlockStart) => watchOf(run.part(block.name)),
    event: (event) => run.event(event),
    end: (outcome) => run.end(outcome),
  };
}
