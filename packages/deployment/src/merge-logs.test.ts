import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { mergeLogs } from "./merge-logs.ts";

/** A log that says a few lines, and then nothing more until it is left. */
async function* silentAfter(lines: readonly string[], signal: AbortSignal): AsyncGenerator<string> {
  yield* lines;
  await delay(600_000, undefined, { signal, ref: false });
}

test("leaving the loop does not wait for the next line", { timeout: 10_000 }, async () => {
  const logs = ["a", "b"].map((nodeName) => ({
    nodeName,
    lines: (signal: AbortSignal) => silentAfter([`from ${nodeName}`], signal),
  }));
  const seen: string[] = [];
  for await (const { nodeName, line } of mergeLogs(logs)) {
    seen.push(`${nodeName}: ${line}`);
    if (seen.length === 2) break;
  }
  assert.deepEqual(seen, ["a: from a", "b: from b"]);
});
