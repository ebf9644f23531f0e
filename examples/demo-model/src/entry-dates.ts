import { type DateStyle, shownDate } from "./dates.ts";
import type { Dialect } from "./dialect.ts";
import type { Random } from "./random.ts";

const DAY_MS = 86_400_000;
const STYLES: Record<Dialect, Partial<Record<DateStyle, number>>> = {
  gnu: { usual: 88, "long-iso": 10, "full-iso": 2 },
  busybox: { usual: 96, "full-time": 4 },
};

/** Makes dates of files as one listing shows them: in one style, at one moment. */
export function datesOf(random: Random, dialect: Dialect): () => string {
  const now = new Date(Date.UTC(random.int(2012, 2034), 0, 1) + random.int(0, 365 * 1440) * 60_000);
  const style = random.weighted(STYLES[dialect]);
  const recent = random.pick([0.2, 0.5, 0.9, 1]);
  const anyMoment = () => momentBefore(random, now, recent);
  // Most files of a folder come on a few days, and some at the same minute.
  const moments = Array.from({ length: random.int(1, 8) }, anyMoment);
  const spreadMs = random.pick([0, 60_000, DAY_MS]);
  return () => {
    const base = random.chance(0.7) ? random.pick(moments) : anyMoment();
    const date = new Date(base - Math.floor(random.int(0, 1_000_000) * (spreadMs / 1_000_000)));
    return shownDate(date, now, style);
  };
}

function momentBefore(random: Random, now: Date, recent: number): number {
  if (random.chance(recent)) return now.getTime() - random.magnitude(1, 180 * DAY_MS);
  // Files from archives are as old as time itself; clocks that are wrong make files of the future.
  if (random.chance(0.05)) return random.int(0, 40_000) * DAY_MS;
  return now.getTime() - random.int(180, 8_000) * DAY_MS - random.int(0, DAY_MS);
}
