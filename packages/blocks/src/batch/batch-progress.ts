import type { BatchTally } from "./batch-tally.ts";
import { type ProgressState, progressBar, progressText } from "./progress-text.ts";

const BAR_INTERVAL_MS = 100;
const LINES_INTERVAL_MS = 10_000;

/** Where progress is told. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface BatchProgressOptions {
  readonly mode: "auto" | "bar" | "lines" | "none";
  readonly stream: ProgressStream;
  readonly tally: BatchTally;
  readonly totalLines: number;
}

/** Tells how a batch goes: a bar that is drawn over and over, or now and then a line. */
export class BatchProgress implements Disposable {
  readonly #options: BatchProgressOptions;
  readonly #isBar: boolean;
  readonly #startMs = performance.now();
  readonly #doneBefore: number;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchProgressOptions) {
    const { mode, stream, tally } = options;
    this.#options = options;
    this.#doneBefore = tally.done.size;
    this.#isBar = mode === "bar" || (mode === "auto" && stream.isTTY === true);
    if (mode === "none") return;
    this.#timer = setInterval(() => this.#tell(), this.#isBar ? BAR_INTERVAL_MS : LINES_INTERVAL_MS).unref();
    this.#tell();
  }

  /** Tells the last state, whatever it is, and no more. */
  [Symbol.dispose](): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#tell();
    if (this.#isBar) this.#options.stream.write("\n");
  }

  #tell(): void {
    const { stream } = this.#options;
    if (this.#isBar) stream.write(`\r${progressBar(this.#state(), stream.columns ?? 80)}\x1b[K`);
    else stream.write(`${progressText(this.#state())}\n`);
  }

  #state(): ProgressState {
    const { tally, totalLines } = this.#options;
    const doneLines = tally.done.size;
    const seconds = (performance.now() - this.#startMs) / 1_000;
    const linesPerSecond = seconds > 0 ? (doneLines - this.#doneBefore) / seconds : 0;
    const { failed, costUsd } = tally;
    return { totalLines, doneLines, failed, linesPerSecond, tokens: tally.usage.totalTokens, costUsd };
  }
}
