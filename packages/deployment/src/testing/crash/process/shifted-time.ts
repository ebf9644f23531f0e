import { join } from "node:path";
import type { Clock } from "../../../clock.ts";
import { readClockFile, writeClockFile } from "../../clock/clock-file.ts";
import { fastClock } from "../../clock/fast-clock.ts";
import { EPOCH_MS } from "../../stand-in/stand-in-provider.ts";

/**
 * How much faster a case's database counts than the machine does: less waiting for what others have to notice, and leases that still last
 * for a multiple of the time after which they are renewed.
 */
const SPEED = 4;

/** The time of a case's database, the same in all processes, and as much later as {@link letTimePass} has made it. */
export function timeOf(directory: string): Pick<Clock, "nowMs"> {
  const file = shiftFile(directory);
  return { nowMs: () => (Date.now() - EPOCH_MS) * SPEED + (readClockFile(file) ?? 0) };
}

/** For who has nothing to wait for but what the database's time decides. */
export const databaseClock: Clock = fastClock(SPEED);

/** Lets leases run out without waiting for them. */
export function letTimePass(directory: string, durationMs: number): void {
  const file = shiftFile(directory);
  writeClockFile(file, (readClockFile(file) ?? 0) + durationMs);
}

function shiftFile(directory: string): string {
  return join(directory, "time-shift");
}
