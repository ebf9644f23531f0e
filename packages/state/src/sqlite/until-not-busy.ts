import { setTimeout as delay } from "node:timers/promises";
import { isBusy } from "./sqlite-error.ts";

const FIRST_POLL_MS = 1;
const LAST_POLL_MS = 50;
/** Who has waited for long asks more often than who has just come, so that all get their turn: so much more for each second. */
const SHORTER_PER_SECOND_MS = 5;
const SHORTEST_LAST_POLL_MS = 15;

export interface BusyWait {
  /** Longest time in milliseconds for which others may hold the database without a commit. */
  readonly timeoutMs: number;
  /** Something that is another after every commit. */
  readonly readVersion: () => Promise<unknown>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries again until others have let go. As long as they commit they are at work, and many at work may take long; who holds the database for
 * the whole timeout and commits nothing is suspended.
 *
 * SQLite's own busy handler would sleep on a thread of Node's small pool, which the holder, if it is in this process, needs to finish.
 *
 * @throws What `work` failed with last, or the signal's reason.
 */
export async function untilNotBusy<T>(
  work: () => Promise<T>,
  { timeoutMs, readVersion, signal }: BusyWait,
): Promise<T> {
  const startMs = performance.now();
  let deadlineMs = startMs + timeoutMs;
  let version: unknown;
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (tries === 1) version = await readVersion();
      else if (performance.now() > deadlineMs) {
        const before = version;
        version = await readVersion();
        if (version === before) throw error;
        deadlineMs = performance.now() + timeoutMs;
      }
    }
    await delay(pauseMs(tries, performance.now() - startMs), undefined, signal && { signal });
  }
}

/** At random, so that those who wait do not meet again each time. */
function pauseMs(tries: number, waitedMs: number): number {
  const longestMs = Math.max(SHORTEST_LAST_POLL_MS, LAST_POLL_MS - (waitedMs / 1000) * SHORTER_PER_SECOND_MS);
  return Math.min(FIRST_POLL_MS * 2 ** (tries - 1), longestMs) * (0.5 + Math.random());
}
