import { sleep } from "./sleep.ts";

/** Time as deployments count it. Tests give one whose windows and leases cost no waiting. */
export interface Clock {
  /** Milliseconds that never go back; where they start is not told. */
  nowMs(): number;
  /** Waits; rejects with the signal's reason as soon as it is aborted. */
  sleep(durationMs: number, signal?: AbortSignal | undefined): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = { nowMs: () => performance.now(), sleep };
