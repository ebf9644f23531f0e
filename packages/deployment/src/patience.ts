import type { Clock } from "./clock.ts";

/** How long something that should pass is put up with. */
export class Patience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #sinceMs: number | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  get isOver(): boolean {
    return this.#sinceMs !== undefined && this.#clock.nowMs() - this.#sinceMs >= this.#limitMs;
  }

  /** To be told again and again whether it is still so; whether it has been for too long, without a break. */
  endsWhile(isSo: boolean): boolean {
    this.#sinceMs = isSo ? (this.#sinceMs ?? this.#clock.nowMs()) : undefined;
    return this.isOver;
  }
}
