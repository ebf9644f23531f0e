import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import { AttachmentRenewal } from "./attachment-renewal.ts";
import { deploy } from "./deploy.ts";
import { gc } from "./reconcile/gc.ts";
import { fixtureRequest, withDirectory } from "./testing/fixture.ts";

const HOUR_MS = 3_600_000;

/** The wall clock, with timers that stand still while the machine is suspended. */
function suspendable(context: TestContext) {
  let nowMs = 1_000;
  context.mock.timers.enable({ apis: ["setInterval"] });
  context.mock.method(Date, "now", () => nowMs);
  return {
    now: () => nowMs,
    suspend: (durationMs: number) => {
      nowMs += durationMs;
    },
  };
}

test("an attachment is renewed as soon as the machine wakes, and not only when it is due", async (context) => {
  const machine = suspendable(context);
  let renewals = 0;
  const renewal = new AttachmentRenewal(async () => void renewals++);
  context.mock.timers.tick(500);
  assert.equal(renewals, 0);
  machine.suspend(HOUR_MS);
  context.mock.timers.tick(500);
  assert.equal(renewals, 1);
  await renewal.end();
});

test("what a program uses no longer is not renewed by what began when it woke", async (context) => {
  const machine = suspendable(context);
  const { promise, resolve } = Promise.withResolvers<void>();
  const renewal = new AttachmentRenewal(() => promise);
  machine.suspend(HOUR_MS);
  context.mock.timers.tick(500);
  let hasEnded = false;
  const end = renewal.end().then(() => {
    hasEnded = true;
  });
  await new Promise(setImmediate);
  assert.equal(hasEnded, false);
  resolve();
  await end;
});

test("a program that wakes does not take what it uses for unused", async (context) => {
  const machine = suspendable(context);
  await withDirectory(async (directory) => {
    const store = new MemoryStateStore({ clock: machine.now });
    const request = fixtureRequest(directory, {}, { store });
    await using deployment = await deploy(request);
    await deployment.untilReady();
    machine.suspend(HOUR_MS);
    const { unused } = await gc({ store, providers: [request.provider], dryRun: true });
    assert.deepEqual(unused, []);
  });
});

test("a program that wakes does not forget a deployment of its own that has no nodes", async (context) => {
  let nowMs = 1_000;
  context.mock.timers.enable({ apis: ["setInterval"] });
  await withDirectory(async (directory) => {
    const store = new MemoryStateStore({ clock: () => nowMs });
    await using deployment = await deploy(fixtureRequest(directory, {}, { store }));
    await deployment.scale(0);
    nowMs += HOUR_MS;
    await deployment.scale(0);
    assert.equal((await deployment.health()).replicas, 0);
  });
});
