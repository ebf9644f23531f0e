import { test } from "node:test";
import { RunpodProvider } from "./index.ts";
import { liveRun } from "./testing/live-run.ts";

/** Together with the times below, the most that a run can cost is $0.17. */
const MOST_MICRO_DOLLARS_PER_HOUR = 500_000;
const MOST_MS = 15 * 60_000;
const CLEANUP_MS = 5 * 60_000;

const { RUNPOD_API_KEY, CONDUIT_RUNPOD_LIVE } = process.env;
const skip =
  (!RUNPOD_API_KEY || CONDUIT_RUNPOD_LIVE !== "1") &&
  "rents a GPU for some minutes, at most $0.17: set RUNPOD_API_KEY, and CONDUIT_RUNPOD_LIVE=1";

test("a pod of RunPod itself comes up, answers, tells its price, and goes", { skip }, async () => {
  const interrupted = new AbortController();
  // Each time: what comes after the first, as from the program that runs this one, must not end the cleaning up.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
  }
  await liveRun({
    provider: new RunpodProvider({ containerDiskGb: 5, weightsBytes: 0 }),
    mostMicroDollarsPerHour: MOST_MICRO_DOLLARS_PER_HOUR,
    mostMs: MOST_MS,
    cleanupMs: CLEANUP_MS,
    signal: interrupted.signal,
  });
});
