import { orAborted } from "./or-aborted.ts";

/** Lets callers take turns, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs `task` when all earlier ones have ended; rejects with the signal's reason where it is aborted before. */
  async take<T>(task: () => Promise<T>, signal?: AbortSignal | undefined): Promise<T> {
    const previous = this.#last;
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#last = previous.then(() => ended);
    try {
      await orAborted(previous, signal);
      return await task();
    } finally {
      end();
    }
  }
}
