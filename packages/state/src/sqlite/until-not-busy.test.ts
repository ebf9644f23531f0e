import assert from "node:assert/strict";
import { test } from "node:test";
import { untilNotBusy } from "./until-not-busy.ts";

const busy = Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });

/** Work that others are in the way of, until they have committed so often. */
function workAfter(commits: number) {
  const others = { version: 1, asked: 0 };
  return {
    others,
    work: async () => {
      if (others.version <= commits) throw busy;
      return "done";
    },
    readVersion: async () => {
      others.asked++;
      return others.version++;
    },
  };
}

test("waits for as long as others commit, however long they are at it", async () => {
  const { others, work, readVersion } = workAfter(6);
  assert.equal(await untilNotBusy(work, { timeoutMs: 20, readVersion }), "done");
  assert.equal(others.asked, 6);
});

test("gives up when others hold on and commit nothing", async () => {
  let tries = 0;
  const work = async () => {
    tries++;
    throw busy;
  };
  await assert.rejects(untilNotBusy(work, { timeoutMs: 20, readVersion: async () => 7 }), busy);
  assert.ok(tries > 1);
  await assert.rejects(untilNotBusy(work, { timeoutMs: 0, readVersion: async () => 7 }), busy);
});

test("other failures are none of its business", async () => {
  const failure = new Error("no such table");
  await assert.rejects(
    untilNotBusy(() => Promise.reject(failure), { timeoutMs: 60_000, readVersion: async () => 7 }),
    failure,
  );
});

test("a signal ends the wait", async () => {
  const controller = new AbortController();
  const wait = untilNotBusy(() => Promise.reject(busy), {
    timeoutMs: 600_000,
    readVersion: async () => controller.abort(new Error("enough")),
    signal: controller.signal,
  });
  await assert.rejects(wait, { name: "AbortError" });
});
