/** Ends a request with its signal, or when its endpoint sends nothing for a while: a machine that is gone closes no connection. */
export class SilenceWatch {
  readonly #maxSilenceMs: number | undefined;
  readonly #requestSignal: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** Without a longest silence only the signal of the request ends it. */
  constructor(maxSilenceMs: number | undefined, requestSignal: AbortSignal | undefined) {
    this.#maxSilenceMs = maxSilenceMs;
    this.#requestSignal = requestSignal;
    // Not AbortSignal.any: of a signal that outlives many requests, it would keep what belongs to each of them.
    requestSignal?.addEventListener("abort", this.#abort);
    if (requestSignal?.aborted) this.#abort();
  }

  /** Aborts when the request has to end. */
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

  /** The request has ended. */
  end(): void {
    this.stop();
    this.#requestSignal?.removeEventListener("abort", this.#abort);
  }

  readonly #abort = () => this.#controller.abort(this.#requestSignal?.reason);
}
