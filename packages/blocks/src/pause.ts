import { setTimeout } from "node:timers/promises";

/** Waits, and rejects with the signal's reason as soon as it fires. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(seconds * 1_000, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
