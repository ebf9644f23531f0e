/** Ends a request whose endpoint sends nothing for a while: a machine that is gone does not close its connections. */
export class SilenceWatch {
  readonly #maxSilenceMs: number | undefined;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** Without a longest silence nothing is ended. */
  constructor(maxSilenceMs: number | undefined) {
    this.#maxSilenceMs = maxSilenceMs;
  }

  /** Aborts after too long a silence. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on something has to come. */
  start(): void {
    const maxSilenceMs = this.#maxSilenceMs;
    if (maxSilenceMs === undefined) return;
    this.stop();
    const reason = () => new Error(`expected to hear something within ${maxSilenceMs / 1000} s`);
    this.#timer = setTimeout(() => this.#controller.abort(reason()), maxSilenceMs);
  }

  /** Something came, and more has to. */
  hear(): void {
    this.#timer?.refresh();
  }

  /** Nothing is waited for. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
