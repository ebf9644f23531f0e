import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { MemoryStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import { ManualClock } from "../clock/manual-clock.ts";
import { Generation, type GenerationOptions } from "./generation.ts";
import { instrumentStore } from "./instrument-store.ts";

function armed(options: GenerationOptions = {}): Generation {
  const generation = new Generation(options);
  generation.arm();
  return generation;
}

const put = (store: StateStore, nodeName: string) =>
  store.transaction((transaction) =>
    transaction.putTombstone({ nodeName, provider: "RUNPOD", scope: "here", reason: "test", createdAtMs: 1 }),
  );

const tombstones = async (store: StateStore) =>
  (await store.transaction((transaction) => transaction.listTombstones())).map(({ nodeName }) => nodeName);

/** Whether the promise is settled once all that could settle it has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await delay(5);
  return settled;
}

test("points before and after each transaction are counted from the start of interest on", async () => {
  const store = new MemoryStateStore();
  const generation = new Generation();
  const instrumented = instrumentStore(store, generation);
  await put(instrumented, "before");
  generation.arm();
  await put(instrumented, "after");
  assert.deepEqual(generation.reached, ["before transaction", "after transaction"]);
});

for (const [at, written] of [
  [1, []],
  [2, ["one"]],
] as const) {
  test(`killed at point ${at}: no call returns, and nothing more is written`, async () => {
    const store = new MemoryStateStore();
    const generation = armed({ interruption: "kill", at });
    const instrumented = instrumentStore(store, generation);
    const first = put(instrumented, "one");
    await generation.interrupted;
    const second = put(instrumented, "two");
    assert.deepEqual([await isSettled(first), await isSettled(second)], [false, false]);
    assert.deepEqual(await tombstones(store), written);
  });
}

test("a transaction under way when its process is killed is rolled back", async () => {
  const store = new MemoryStateStore();
  const generation = armed();
  const instrumented = instrumentStore(store, generation);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  void instrumented.transaction(async (transaction) => {
    await transaction.putTombstone({
      nodeName: "half",
      provider: "RUNPOD",
      scope: "here",
      reason: "test",
      createdAtMs: 1,
    });
    await released;
  });
  await delay(1);
  generation.kill();
  release();
  await generation.drained();
  assert.deepEqual(await tombstones(store), []);
});

test("a suspended process goes on where it was", async () => {
  const store = new MemoryStateStore();
  const generation = armed({ interruption: "suspend", at: 1 });
  const suspended = put(instrumentStore(store, generation), "one");
  assert.equal(await isSettled(suspended), false);
  generation.resume();
  await suspended;
  assert.deepEqual(await tombstones(store), ["one"]);
});

test("an answer that is lost: the transaction counts, and the caller hears of a failure", async () => {
  const store = new MemoryStateStore();
  const failure = (point: string) => new Error(`lost ${point}`);
  const instrumented = instrumentStore(store, armed({ interruption: "fail", at: 2, failure }));
  await assert.rejects(put(instrumented, "one"), /lost after transaction/);
  await put(instrumented, "two");
  assert.deepEqual(await tombstones(store), ["one", "two"]);
});

test("the dead do not wake, and time does not wait for them", async () => {
  const clock = new ManualClock();
  clock.advanceWhenIdle(() => false);
  const generation = armed();
  const sleeper = generation.clock(clock).sleep(1);
  generation.kill();
  await clock.sleep(10);
  assert.equal(await isSettled(sleeper), false);
});

test("who stands still waits for what is on its way, but not for a call that waits for time to pass", async () => {
  const clock = new ManualClock();
  const arrived: string[] = [];
  const found: string[][] = [];
  const atPoint = async () => void found.push([...arrived]);
  const generation = armed({ atPoint });
  clock.advanceWhenIdle(() => generation.isBusy);
  const within = generation.clockWithinCalls(clock);
  const calls = [
    generation.call(async () => {
      await delay(5);
      arrived.push("soon");
    }),
    generation.call(async () => {
      await within.sleep(60_000);
      arrived.push("late");
    }),
  ];
  await generation.reach("a point");
  await Promise.all(calls);
  assert.deepEqual([found, arrived], [[["soon"]], ["soon", "late"]]);
});

test("time passes for a call that waits, and who is called does nothing more for the dead", async () => {
  const clock = new ManualClock();
  const generation = armed();
  clock.advanceWhenIdle(() => generation.isBusy);
  const within = generation.clockWithinCalls(clock);
  const tries: number[] = [];
  const call = generation.call(async () => {
    for (;;) {
      tries.push(clock.nowMs());
      const waiting = within.sleep(10);
      if (tries.length === 3) generation.kill();
      await waiting;
    }
  });
  await generation.drained();
  assert.equal(await isSettled(call), false);
  assert.deepEqual(tries, [0, 10, 20]);
});
