import type { Clock } from "../../clock.ts";
import { readClockFile, writeClockFile } from "./clock-file.ts";

interface Sleeper {
  readonly wakesAtMs: number;
  readonly wake: () => void;
}

export interface ManualClockOptions {
  /** Default 0, or what `file` holds. */
  readonly startMs?: number | undefined;
  /** Holds the time, so that it goes on where a killed process left it. Of several processes, one at a time moves it. */
  readonly file?: string | undefined;
}

/** Turns of the event loop without a call under way after which all that is left is sleep. */
const IDLE_TURNS = 2;

/** A clock that moves when it is told to, or when all who use it sleep. It keeps no process alive by itself. */
export class ManualClock implements Clock {
  readonly #file: string | undefined;
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;
  #isBusy: (() => boolean) | undefined;
  #idleTurns = 0;
  #watching = false;

  constructor({ startMs = 0, file }: ManualClockOptions = {}) {
    this.#file = file;
    this.#nowMs = (file === undefined ? undefined : readClockFile(file)) ?? startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number, signal?: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason);
    };
    const sleeper: Sleeper = {
      wakesAtMs: this.#nowMs + Math.max(0, durationMs),
      wake: () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      },
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#sleepers.add(sleeper);
    this.#watch();
    return promise;
  }

  /** Lets time pass, and wakes whoever's sleep is over by then, in the order in which they wake. */
  advance(durationMs: number): void {
    this.#wakeUntil(this.#nowMs + durationMs);
  }

  /** From now on jumps to the next end of a sleep whenever nobody is busy and somebody sleeps. */
  advanceWhenIdle(isBusy: () => boolean): void {
    this.#isBusy = isBusy;
    this.#watch();
  }

  #wakeUntil(untilMs: number): void {
    for (;;) {
      const next = this.#nextSleeper();
      if (next === undefined || next.wakesAtMs > untilMs) break;
      this.#sleepers.delete(next);
      this.#moveTo(next.wakesAtMs);
      next.wake();
    }
    this.#moveTo(untilMs);
  }

  #moveTo(nowMs: number): void {
    if (nowMs <= this.#nowMs) return;
    this.#nowMs = nowMs;
    if (this.#file !== undefined) writeClockFile(this.#file, nowMs);
  }

  #nextSleeper(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (next === undefined || sleeper.wakesAtMs < next.wakesAtMs) next = sleeper;
    }
    return next;
  }

  #watch(): void {
    if (this.#isBusy === undefined || this.#watching) return;
    this.#watching = true;
    this.#idleTurns = 0;
    setImmediate(() => this.#look());
  }

  #look(): void {
    if (this.#sleepers.size === 0) {
      this.#watching = false;
      return;
    }
    this.#idleTurns = this.#isBusy?.() === true ? 0 : this.#idleTurns + 1;
    if (this.#idleTurns > IDLE_TURNS) {
      this.#idleTurns = 0;
      const next = this.#nextSleeper();
      if (next !== undefined) this.#wakeUntil(next.wakesAtMs);
    }
    setImmediate(() => this.#look());
  }
}
