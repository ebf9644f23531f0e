import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { SupportsShellCommand, SystemCommandBlock } from "../index.ts";
import { awaitLivingProcesses, uniqueSeconds } from "../testing/living-processes.ts";

test("hundreds of commands at once: each its own output, and nothing is left of any", async () => {
  const seconds = uniqueSeconds();
  const patient = new SystemCommandBlock(SupportsShellCommand, { timeoutSeconds: 120 });
  const hasty = new SystemCommandBlock(SupportsShellCommand, { timeoutSeconds: 1, killGraceSeconds: 0.2 });
  const before = held();

  const echoes = Array.from({ length: 200 }, (_, index) =>
    patient.run({ shellCommand: `echo ${index}; exit ${index % 3}` }),
  );
  const sleepers = Array.from({ length: 50 }, (_, index) =>
    hasty.run({
      shellCommand: `${index % 2 === 0 ? "trap '' TERM;" : ""} sleep ${seconds} & sleep ${seconds}`,
    }),
  );
  const controller = new AbortController();
  const aborted = Promise.allSettled(
    Array.from({ length: 50 }, () =>
      patient.run({ shellCommand: `sleep ${seconds}` }, { signal: controller.signal }),
    ),
  );
  setTimeout(() => controller.abort(), 500);

  for (const [index, operation] of (await Promise.all(echoes)).entries()) {
    assert.deepEqual([operation.stdout, operation.returnCode], [`${index}\n`, index % 3]);
  }
  for (const operation of await Promise.all(sleepers)) {
    assert.ok(!operation.success);
    assert.equal(operation.failure, "timeout");
  }
  for (const { status } of await aborted) assert.equal(status, "rejected");

  assert.deepEqual(await awaitLivingProcesses(seconds, 0, 10_000), []);
  // The aborted ones were not waited for.
  for (let tries = 0; tries < 250 && !isDeepStrictEqual(held(), before); tries++) await delay(20);
  assert.deepEqual(held(), before);
});

/** What running commands hold of this process. */
function held(): { readonly listeners: number; readonly pipes: number } {
  const resources = process.getActiveResourcesInfo();
  return {
    listeners: process.listenerCount("SIGINT"),
    pipes: resources.filter((name) => name.startsWith("Pipe") || name.startsWith("Process")).length,
  };
}
