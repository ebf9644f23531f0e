import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { outlastsProxy } from "./support/outlasts-proxy.ts";
import type { RentedEngines } from "./support/rented-engines.ts";

const PROXY_LIMIT_MS = 5_000;
/** Hundredths of a second of processor time: enough for some tokens, and far from enough for all of the answer. */
const SLICE_TICKS = 3;

test("a value that takes longer than RunPod's proxy waits comes through, since it is streamed underneath", () =>
  outlastsProxy({ proxyLimitMs: PROXY_LIMIT_MS, slow: suspendNowAndThen }));

/** Lets the engine run for a moment only, again and again. */
async function suspendNowAndThen(rented: RentedEngines, done: AbortSignal): Promise<void> {
  const [engine] = await rented.processes();
  if (engine === undefined) throw new Error("expected an engine that runs");
  while (!done.aborted) {
    process.kill(engine, "SIGSTOP");
    await delay(PROXY_LIMIT_MS / 4);
    process.kill(engine, "SIGCONT");
    // Not by the clock: on a busy machine it may not have its turn for a while.
    const ticks = processorTicks(engine);
    while (!done.aborted && processorTicks(engine) - ticks < SLICE_TICKS) await delay(5);
  }
}

/** Processor time of a process so far, in hundredths of a second. */
function processorTicks(processId: number): number {
  const [, fields = ""] = readFileSync(`/proc/${processId}/stat`, "utf8").split(") ");
  const [userTicks, systemTicks] = fields.split(" ").slice(11, 13);
  return Number(userTicks) + Number(systemTicks);
}
