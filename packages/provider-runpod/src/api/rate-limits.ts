/** Share of a window's requests from which on reads are spread over what is left of it. */
const FREE_SHARE = 0.5;
/** Share of a window's requests that reads leave to what creates and ends pods. */
const RESERVED_SHARE = 0.1;
/** Longest time in milliseconds that a request waits for its turn: longer than RunPod's shortest window. */
export const MOST_TURN_MS = 90_000;

interface Window {
  readonly remaining: number;
  readonly quota: number;
  readonly resetAtMs: number;
}

/**
 * What is left of an account's requests, as the headers `RateLimit` and `RateLimit-Policy` of its answers say. All programs of an account share
 * it, so what others have used counts too.
 */
export class RateLimits {
  readonly #windows = new Map<string, Window>();
  #nextReadAtMs = 0;

  /** Takes note of an answer. */
  hear(headers: Headers, nowMs: number): void {
    const quotas = parse(headers.get("RateLimit-Policy"));
    for (const [name, { r: remaining, t: resetSeconds }] of parse(headers.get("RateLimit"))) {
      if (remaining === undefined || resetSeconds === undefined) continue;
      const quota = quotas.get(name)?.q ?? Math.max(remaining, this.#windows.get(name)?.quota ?? 0);
      this.#windows.set(name, { remaining, quota, resetAtMs: nowMs + resetSeconds * 1000 });
    }
  }

  /** Time in milliseconds until a request may be sent at all. */
  exhaustedForMs(nowMs: number): number {
    const exhausted = this.#current(nowMs).filter(({ remaining }) => remaining <= 0);
    return Math.max(0, ...exhausted.map(({ resetAtMs }) => resetAtMs - nowMs));
  }

  /** Time in milliseconds until the next read is due, which has its turn then, unless that is too long to wait. */
  takeReadTurn(nowMs: number): number {
    const intervalMs = Math.max(0, ...this.#current(nowMs).map((window) => readInterval(window, nowMs)));
    const atMs = intervalMs === 0 ? nowMs : Math.max(nowMs, this.#nextReadAtMs);
    const waitMs = Math.max(atMs - nowMs, this.exhaustedForMs(nowMs));
    if (waitMs <= MOST_TURN_MS) this.#nextReadAtMs = atMs + intervalMs;
    return waitMs;
  }

  #current(nowMs: number): readonly Window[] {
    return [...this.#windows.values()].filter(({ resetAtMs }) => resetAtMs > nowMs);
  }
}

function readInterval({ remaining, quota, resetAtMs }: Window, nowMs: number): number {
  if (remaining > quota * FREE_SHARE) return 0;
  const forReads = remaining - Math.ceil(quota * RESERVED_SHARE);
  return (resetAtMs - nowMs) / Math.max(1, forReads);
}

/** The members of a header such as `"minute";r=0;t=12, "hour";r=2800;t=1812`, by name. */
function parse(header: string | null): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const members = (header ?? "").matchAll(/"?([\w-]+)"?\s*((?:;\s*\w+=\d+\s*)+)/g);
  return new Map(
    [...members].map(([, name = "", parameters = ""]) => [
      name,
      Object.fromEntries(
        [...parameters.matchAll(/(\w+)=(\d+)/g)].map(([, key = "", value = ""]) => [key, Number(value)]),
      ),
    ]),
  );
}

/** Milliseconds that a `Retry-After` header asks to wait, in seconds or as a date. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
