import { appendFileSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { Problem } from "./problem.ts";

const WINDOW_SECONDS = { minute: 60, hour: 3_600, day: 86_400 } as const;

type WindowName = keyof typeof WINDOW_SECONDS;

const WINDOWS: readonly WindowName[] = ["minute", "hour", "day"];

/** Requests that an account may make in each window. */
export type QuotaLimits = Readonly<Record<WindowName, number>>;

/** Enough for tests that are about something else. RunPod's examples have 60, 3000 and 50,000. */
const DEFAULT_LIMITS: QuotaLimits = { minute: 100_000, hour: 1_000_000, day: 10_000_000 };

/** Counts requests, for all processes of a folder, in files that grow by a byte for each. */
export class Quotas {
  readonly #folder: string;
  readonly #limits: QuotaLimits;
  readonly #clock: Clock;

  constructor(directory: string, clock: Clock, limits: QuotaLimits = DEFAULT_LIMITS) {
    this.#folder = join(directory, "quotas");
    this.#limits = limits;
    this.#clock = clock;
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Counts a request; what its answer says of the quotas. Throws where one is used up. */
  count(account: string): Readonly<Record<string, string>> {
    const nowSeconds = this.#clock.nowMs() / 1000;
    const states = WINDOWS.map((name) => {
      const seconds = WINDOW_SECONDS[name];
      const number = Math.floor(nowSeconds / seconds);
      const file = join(this.#folder, `${account}-${name}-${number}`);
      appendFileSync(file, ".");
      const left = this.#limits[name] - statSync(file).size;
      return { name, left, resetSeconds: Math.ceil((number + 1) * seconds - nowSeconds) };
    });
    const headers = {
      RateLimit: states
        .map(({ name, left, resetSeconds }) => `"${name}";r=${Math.max(0, left)};t=${resetSeconds}`)
        .join(", "),
      "RateLimit-Policy": WINDOWS.map(
        (name) => `"${name}";q=${this.#limits[name]};w=${WINDOW_SECONDS[name]}`,
      ).join(", "),
    };
    const exceeded = states.find(({ left }) => left < 0);
    if (exceeded === undefined) return headers;
    throw new Problem(429, `rate limit exceeded for the ${exceeded.name} window`, {
      headers: { ...headers, "Retry-After": String(exceeded.resetSeconds) },
    });
  }
}
