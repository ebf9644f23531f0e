import { setTimeout as delay } from "node:timers/promises";

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function sleep(durationMs: number, signal?: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    await delay(durationMs, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
