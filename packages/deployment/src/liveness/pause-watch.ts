/**
 * Notices that this process did not run for a while: its machine was suspended, it was stopped, or it was busy. By the wall clock, since the
 * others stand still while a machine is suspended.
 */
export class PauseWatch {
  readonly #limitMs: number;
  #lastMs = Date.now();

  /** @param limitMs - Longest time between two looks that is nothing out of the ordinary. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Whether more time than that has passed since the last look. */
  look(): boolean {
    const nowMs = Date.now();
    const passedMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    return passedMs > this.#limitMs;
  }
}
