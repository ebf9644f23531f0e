/** A signal that fires when another one does, or when time is up. Disposing it takes its timer and its listener away. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #atMs: number;
  #isOver = false;
  readonly #onAbort = (): void => this.#controller.abort(this.#outer.reason);

  /** @param timeoutMs may be `Infinity`. */
  constructor(outer: AbortSignal, timeoutMs: number) {
    this.#outer = outer;
    this.#atMs = performance.now() + timeoutMs;
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener("abort", this.#onAbort, { once: true });
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      this.#isOver = !this.#controller.signal.aborted;
      this.#controller.abort(new Error("The time is up."));
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether time was up before the other signal fired. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get remainingMs(): number {
    return Math.max(this.#atMs - performance.now(), 0);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#onAbort);
  }
}
