/** Longest delay of Node's timers in seconds, some 25 days; a longer one would fire at once. */
export const MAX_TIMER_SECONDS = (2 ** 31 - 1) / 1000;

/** Aborts when so many seconds are over. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param seconds - Default: never. */
  constructor(seconds: number | undefined, reason: (seconds: number) => Error) {
    if (seconds === undefined || seconds > MAX_TIMER_SECONDS) return;
    this.#timer = setTimeout(() => this.#controller.abort(reason(seconds)), seconds * 1000);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
