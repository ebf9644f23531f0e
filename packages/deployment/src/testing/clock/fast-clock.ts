import { type Clock, systemClock } from "../../clock.ts";

/** Counts so much faster than the machine: for who waits for nothing but time itself. */
export function fastClock(speed: number): Clock {
  return {
    nowMs: () => systemClock.nowMs() * speed,
    sleep: (durationMs, signal) => systemClock.sleep(durationMs / speed, signal),
  };
}
