import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { deploy } from "./deploy.ts";
import { NOTICE_MS } from "./reconcile/judge-node.ts";
import { ask, fixtureRequest, withDirectory } from "./testing/fixture.ts";

/** Whether a promise has come to an end by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const unsettled = Symbol();
  return (await Promise.race([promise, delay(1, unsettled)])) !== unsettled;
}

describe("a node that an update replaces", { concurrency: 2, timeout: 120_000 }, () => {
  test("answers what another program has begun, however long after it was to go", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory);
      await using user = await deploy(request);
      await using updater = await deploy(request);
      await Promise.all([user.untilReady(), updater.untilReady()]);
      const lease = await user.acquire();
      // Until it has said that it uses the node.
      await delay(NOTICE_MS);
      const workload = { ...request.workload, env: { VERSION: "2" } };
      const update = updater.update({ workload });
      await delay(2 * NOTICE_MS);
      assert.equal(await isSettled(update), false);
      await ask(lease.endpoint);
      lease.release();
      await update;
      await assert.rejects(ask(lease.endpoint));
    }));

  test("has no more time for that than the deployment gives it", () =>
    withDirectory(async (directory) => {
      const request = fixtureRequest(directory, {}, { drainTimeoutSeconds: 1 });
      await using user = await deploy(request);
      await using updater = await deploy(fixtureRequest(directory));
      await Promise.all([user.untilReady(), updater.untilReady()]);
      using lease = await user.acquire();
      await delay(NOTICE_MS);
      await updater.update({ workload: { ...request.workload, env: { VERSION: "2" } } });
      await assert.rejects(ask(lease.endpoint));
    }));
});
