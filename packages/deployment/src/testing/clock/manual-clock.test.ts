import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ManualClock } from "./manual-clock.ts";

test("sleepers wake in the order of their ends, each at its own time", async () => {
  const clock = new ManualClock({ startMs: 100 });
  const woken: [string, number][] = [];
  const sleepers = [
    clock.sleep(30).then(() => woken.push(["late", clock.nowMs()])),
    clock.sleep(10).then(() => woken.push(["early", clock.nowMs()])),
  ];
  await delay(5);
  assert.equal(woken.length, 0);
  clock.advance(50);
  await Promise.all(sleepers);
  assert.deepEqual(
    woken.map(([name]) => name),
    ["early", "late"],
  );
  assert.equal(clock.nowMs(), 150);
});

test("time passes by itself while all sleep, and stands still while somebody is busy", async () => {
  const clock = new ManualClock();
  let isBusy = true;
  clock.advanceWhenIdle(() => isBusy);
  let isAwake = false;
  const sleeper = clock.sleep(86_400_000).then(() => {
    isAwake = true;
  });
  await delay(20);
  assert.equal(isAwake, false);
  isBusy = false;
  await sleeper;
  assert.equal(clock.nowMs(), 86_400_000);
});

test("a sleep ends with its signal", async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const sleeper = clock.sleep(1_000, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(sleeper, /enough/);
  await assert.rejects(clock.sleep(1_000, controller.signal), /enough/);
  clock.advance(2_000);
});

test("time goes on where another process left it", () => {
  const directory = mkdtempSync(join(tmpdir(), "cc-"));
  try {
    const file = join(directory, "clock");
    new ManualClock({ file, startMs: 7 }).advance(1_000);
    assert.equal(new ManualClock({ file }).nowMs(), 1_007);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
