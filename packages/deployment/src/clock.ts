import { sleep } from "./sleep.ts";

/** The time that waiting is measured in; tests bring their own. */
export interface Clock {
  /** Milliseconds since some moment; never goes back. */
  nowMs(): number;
  /** Rejects with the signal's reason as soon as it is aborted. */
  sleep(durationMs: number, signal?: AbortSignal | undefined): Promise<void>;
}

export const systemClock: Clock = { nowMs: () => performance.now(), sleep };
