/** Lets a number of tasks run at a time. The one who starts them waits, so that it does not run ahead. */
export class Slots {
  #free: number;
  #onFree: (() => void) | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Starts a task, which must not reject, as soon as one can run; resolves when it has started. For one caller at a time. */
  async start(task: () => Promise<void>): Promise<void> {
    if (this.#free === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onFree = resolve;
      await promise;
    }
    this.#free--;
    const running = task().finally(() => {
      this.#running.delete(running);
      this.#free++;
      this.#onFree?.();
      this.#onFree = undefined;
    });
    this.#running.add(running);
  }

  /** Waits for all that run. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
  }
}
