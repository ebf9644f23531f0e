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

/** The promise's outcome, or a rejection with the signal's reason, whichever comes first. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
