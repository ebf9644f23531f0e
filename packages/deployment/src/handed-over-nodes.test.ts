import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { deploy } from "./deploy.ts";
import { reconcile } from "./reconcile/reconcile.ts";
import { fastClock } from "./testing/clock/fast-clock.ts";
import { fixtureRequest, processesOf, untilNoProcess, withDirectory } from "./testing/fixture.ts";

/** Longer than a node takes to notice that nobody holds it. */
const NOTICED_MS = 1_500;
/** How much faster than the machine the clock of a program counts that is to lose its patience. */
const SPEED = 20;

test("nodes that a program has brought up stay when it leaves, since others hold them by then", () =>
  withDirectory(async (directory) => {
    const request = fixtureRequest(directory);
    const staying = await deploy(request);
    await staying.untilReady();
    const leaving = await deploy(request);
    await leaving.scale(3);
    const before = (await processesOf(directory)).toSorted();
    assert.equal(before.length, 3);
    await leaving.dispose();
    await delay(NOTICED_MS);
    assert.deepEqual((await processesOf(directory)).toSorted(), before);
    await staying.dispose();
    await untilNoProcess(directory);
  }));

test("a program leaves after a while when others do not come to hold what it does", () =>
  withDirectory(async (directory) => {
    const request = fixtureRequest(directory, {}, { clock: fastClock(SPEED) });
    const deployment = await deploy(request);
    await request.store.transaction((transaction) =>
      transaction.putAttachment({
        id: "of a program that hangs",
        deploymentId: deployment.id,
        host: "elsewhere",
        pid: 7,
        outstanding: 0,
        nodesInUse: [],
        leaseExpiresAtMs: transaction.nowMs + 3_600_000,
      }),
    );
    await deployment.dispose();
    await untilNoProcess(directory);
    await reconcile({ store: request.store, providers: [request.provider] });
  }));
