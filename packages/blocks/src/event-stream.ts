/** What makes the events of an {@link EventStream}; the value that it resolves to is the last event. */
export type EventSource<E> = (emit: (event: E) => void, signal: AbortSignal) => Promise<E>;

interface Reader<E> {
  resolve(result: IteratorResult<E, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * Events as they are made, read once. The source starts with the first read. Leaving early aborts the source's signal at
 * once, also while a read is pending, which an async generator cannot do.
 */
export class EventStream<E> implements AsyncIterableIterator<E, undefined> {
  readonly #source: EventSource<E>;
  readonly #outerSignal: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #onOuterAbort = (): void => this.#abort(this.#outerSignal?.reason);
  #state: "new" | "running" | "ended" = "new";
  #events: E[] = [];
  #readers: Reader<E>[] = [];
  #failure: { readonly reason: unknown } | undefined;

  constructor(source: EventSource<E>, signal?: AbortSignal) {
    this.#source = source;
    this.#outerSignal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    if (this.#state === "new") this.#start();
    const event = this.#events.shift();
    if (event !== undefined) return { done: false, value: event };
    if (this.#failure !== undefined) {
      const { reason } = this.#failure;
      this.#failure = undefined;
      throw reason;
    }
    if (this.#state === "ended") return { done: true, value: undefined };
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#events = [];
    this.#failure = undefined;
    this.#end();
    this.#controller.abort();
    return { done: true, value: undefined };
  }

  #start(): void {
    this.#state = "running";
    const signal = this.#outerSignal;
    if (signal?.aborted === true) {
      this.#abort(signal.reason);
      return;
    }
    signal?.addEventListener("abort", this.#onOuterAbort, { once: true });
    this.#source((event) => this.#push(event), this.#controller.signal).then(
      (last) => {
        this.#push(last);
        this.#end();
      },
      (reason) => this.#fail(reason),
    );
  }

  #push(event: E): void {
    if (this.#state === "ended") return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#events.push(event);
    else reader.resolve({ done: false, value: event });
  }

  /** Events that wait are not read any more: whoever aborts wants to hear of it now. */
  #abort(reason: unknown): void {
    this.#events = [];
    this.#fail(reason);
    this.#controller.abort(reason);
  }

  #fail(reason: unknown): void {
    if (this.#state === "ended") return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#failure = { reason };
    else reader.reject(reason);
    this.#end();
  }

  #end(): void {
    this.#state = "ended";
    this.#outerSignal?.removeEventListener("abort", this.#onOuterAbort);
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }
}
