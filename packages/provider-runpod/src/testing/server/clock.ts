/** What the zero of a stand-in's clock is in milliseconds since 1970. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

/** The time by which a stand-in lives, bills and forgets. */
export interface Clock {
  /** Milliseconds since {@link EPOCH_MS}; never goes back. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() - EPOCH_MS };

/** A time as RunPod writes it. Its examples know no fractions of a second. */
export function timestampAt(atMs: number): string {
  return new Date(EPOCH_MS + atMs).toISOString().replace(/\.\d+Z$/, "Z");
}
