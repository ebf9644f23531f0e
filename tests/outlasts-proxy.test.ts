import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { outlastsProxy } from "./support/outlasts-proxy.ts";
import type { RentedEngines } from "./support/rented-engines.ts";

/** Much longer than an engine needs from one token to the next on a busy machine. */
const PROXY_LIMIT_MS = 5_000;

test("a value that takes longer than RunPod's proxy waits comes through, since it is streamed underneath", () =>
  outlastsProxy({ proxyLimitMs: PROXY_LIMIT_MS, slow: suspendNowAndThen }));

/** Lets engines run for a moment only, again and again. */
async function suspendNowAndThen(rented: RentedEngines, done: AbortSignal): Promise<void> {
  const [engine] = await rented.processes();
  if (engine === undefined) throw new Error("expected an engine that runs");
  while (!done.aborted) {
    process.kill(engine, "SIGSTOP");
    await delay(PROXY_LIMIT_MS / 4);
    process.kill(engine, "SIGCONT");
    await delay(10);
  }
}
