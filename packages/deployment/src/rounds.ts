/**
 * Does something again and again, one round at a time. Does not keep the process alive.
 */
export class Rounds {
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> | undefined;

  /** @param work - One round. The next one may do where one fails. */
  constructor(intervalMs: number, work: (signal: AbortSignal) => Promise<void>) {
    // In real time, whatever clock a deployment waits by: leases are over by the store's, and machines answer by their own.
    this.#timer = setInterval(() => {
      this.#round ??= work(this.#ended.signal)
        .catch(() => {})
        .finally(() => {
          this.#round = undefined;
        });
    }, intervalMs);
    this.#timer.unref();
  }

  /** Resolves when nothing is done any more. More than once is fine. */
  async end(): Promise<void> {
    this.stop();
    await this.#round;
  }

  /** Begins no further round, and aborts one that is under way. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }
}
