import { orAborted } from "./sleep.ts";

/** Work that runs once for all who wait for it at the same time, and is aborted when the last of them has left. */
export class SharedTask {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  #current:
    | { readonly promise: Promise<void>; readonly controller: AbortController; waiting: number }
    | undefined;

  constructor(work: (signal: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  async join(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#current ??= this.#start();
    const current = this.#current;
    current.waiting++;
    try {
      await orAborted(current.promise, signal);
    } finally {
      if (--current.waiting === 0) {
        current.controller.abort();
        if (this.#current === current) this.#current = undefined;
      }
    }
  }

  #start() {
    const controller = new AbortController();
    const promise = this.#work(controller.signal);
    // Whoever waits hears of it; when nobody does any more, nobody needs to.
    promise.catch(() => {});
    return { promise, controller, waiting: 0 };
  }
}
