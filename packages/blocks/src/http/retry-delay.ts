const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

/** Answers of servers that may well answer otherwise later. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUSES.has(status);
}

/**
 * Milliseconds to wait before a request is repeated: random up to a bound that doubles with every attempt, so that many clients of one
 * server do not come back together, and at least as long as the server asks for.
 *
 * @param attempt from 0.
 * @param retryAfter the header of that name: seconds, or a date.
 */
export function retryDelayMs(attempt: number, retryAfter: string | null, nowMs = Date.now()): number {
  const bound = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return Math.max(bound * (0.5 + Math.random() / 2), askedDelayMs(retryAfter?.trim() ?? "", nowMs));
}

function askedDelayMs(retryAfter: string, nowMs: number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const dateMs = Date.parse(retryAfter);
  return Number.isNaN(dateMs) ? 0 : Math.max(dateMs - nowMs, 0);
}
