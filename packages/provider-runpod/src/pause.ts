import { setTimeout as pauseFor } from "node:timers/promises";

/** Waits; rejects with the signal's reason when that fires before. */
export type Pause = (pauseMs: number, signal: AbortSignal | undefined) => Promise<void>;

export const pause: Pause = async (pauseMs, signal) => {
  try {
    await pauseFor(pauseMs, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
};
