import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import { cache, MemoryCache, SqliteCache } from "../index.ts";
import { Count, TestBlock, Text } from "../testing/blocks.ts";

function counted() {
  const state = { runs: 0 };
  const block = new TestBlock(Text, Count, ({ text }) => {
    state.runs++;
    return { count: text.length };
  });
  return { block, state };
}

const folder = mkdtempSync(join(tmpdir(), "conduit-cache-"));
after(() => rmSync(folder, { recursive: true }));

describe("cache", () => {
  test("runs a block once for equal data", async () => {
    const { block, state } = counted();
    const cached = cache(block);
    for (const text of ["a", "b", "a", "b"]) assert.deepEqual(await cached.run({ text }), { count: 1 });
    assert.equal(state.runs, 2);
  });

  test("is keyed by what the input schema makes of the data, whatever the order of their keys", async () => {
    let runs = 0;
    const Both = Type.Object({ a: Type.Integer(), b: Type.Integer() });
    const cached = cache(new TestBlock(Both, Count, ({ a, b }) => ({ count: a + b + 0 * ++runs })));
    await cached.run({ a: 1, b: 2 });
    await cached.run({ b: 2, a: 1 });
    assert.equal(runs, 1);
    await cached.run({ a: 2, b: 1 });
    assert.equal(runs, 2);
  });

  test("gives results that nobody can change for others", async () => {
    const cached = cache(counted().block);
    const first = await cached.run({ text: "ab" });
    first.count = 99;
    assert.deepEqual(await cached.run({ text: "ab" }), { count: 2 });
  });

  test("keeps neither failures nor results that say they are", async () => {
    let runs = 0;
    const Operation = Type.Object({ success: Type.Boolean() });
    const failing = cache(new TestBlock(Text, Operation, () => ({ success: ++runs > 2 })));
    for (const expected of [false, false, true, true]) {
      assert.deepEqual(await failing.run({ text: "" }), { success: expected });
    }
    assert.equal(runs, 3);
    const throwing = cache(new TestBlock(Text, Count, () => Promise.reject(new RangeError(`${++runs}`))));
    await assert.rejects(throwing.run({ text: "" }), /4/);
    await assert.rejects(throwing.run({ text: "" }), /5/);
  });

  test("forgets what is too old, and the least used of too many", async () => {
    const old = counted();
    const short = cache(old.block, { maxAgeSeconds: 0.005 });
    await short.run({ text: "" });
    await delay(20);
    await short.run({ text: "" });
    assert.equal(old.state.runs, 2);
    const many = counted();
    const cached = cache(many.block, { store: new MemoryCache({ maxEntries: 2 }) });
    for (const text of ["a", "b", "a", "c", "a", "b"]) await cached.run({ text });
    assert.equal(many.state.runs, 4);
  });

  test("always runs on data that are not JSON", async () => {
    let runs = 0;
    const Anything = Type.Unsafe<Map<string, number>>(Type.Unknown());
    const cached = cache(new TestBlock(Anything, Count, ({ size }) => ({ count: size + 0 * ++runs })));
    assert.deepEqual(await cached.run(new Map()), { count: 0 });
    assert.deepEqual(await cached.run(new Map([["a", 1]])), { count: 1 });
    assert.equal(runs, 2);
  });
});

describe("an SQLite file", () => {
  test("keeps results beyond the process's own cache, for blocks that are alike", async () => {
    const path = join(folder, "kept.db");
    const { block, state } = counted();
    for (let round = 0; round < 3; round++) {
      using store = new SqliteCache({ path });
      assert.deepEqual(await cache(block, { store }).run({ text: "abc" }), { count: 3 });
    }
    assert.equal(state.runs, 1);
    using store = new SqliteCache({ path });
    await cache(block, { store, id: "another" }).run({ text: "abc" });
    assert.equal(state.runs, 2);
    const other = new TestBlock(Text, Text, (data) => data);
    assert.deepEqual(await cache(other, { store }).run({ text: "abc" }), { text: "abc" });
  });

  test("makes void what the output schema no longer takes", async () => {
    using store = new SqliteCache({ path: join(folder, "changed.db") });
    const { block } = counted();
    await cache(block, { store, id: "same" }).run({ text: "abc" });
    const Small = Type.Object({ count: Type.Integer({ maximum: 2 }) });
    const changed = new TestBlock(Text, Small, () => ({ count: 2 }));
    assert.deepEqual(await cache(changed, { store, id: "same" }).run({ text: "abc" }), { count: 2 });
  });

  test("is shared by several that write at once, and stays within its limit", async () => {
    const path = join(folder, "shared.db");
    using a = new SqliteCache({ path, maxEntries: 50 });
    using b = new SqliteCache({ path, maxEntries: 50 });
    const keys = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(keys.map((key, index) => (index % 2 === 0 ? a : b).set(key, key)));
    assert.equal(await a.get("299"), "299");
    assert.equal(await b.get("0"), undefined);
  });
});
