import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import {
  cache,
  FileSystemReadBlock,
  FunctionBlock,
  MemoryCache,
  retry,
  Sqlite3Block,
  SqliteCache,
  SupportsShellCommand,
  SupportsSqlCommand,
  SystemCommandBlock,
} from "../index.ts";
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

  test("tells blocks apart that share a store, by whatever decides what they give", async () => {
    using store = new SqliteCache({ path: join(folder, "several.db") });
    const shells = [
      new SystemCommandBlock(SupportsShellCommand, { env: { WHO: "a" } }),
      new SystemCommandBlock(SupportsShellCommand, { env: { WHO: "b" } }),
    ].map((shell) => cache(shell, { store }));
    const [fileA, fileB] = ["a", "b"].map((name) => join(folder, name)) as [string, string];
    for (const path of [fileA, fileB]) writeFileSync(path, path);
    const readers = [fileA, fileB].map((path) => cache(retry(new FileSystemReadBlock(path)), { store }));
    const functions = [
      new FunctionBlock(Text, Count, () => ({ count: 1 }), { name: "count" }),
      new FunctionBlock(Text, Count, () => ({ count: 2 }), { name: "count" }),
    ].map((block) => cache(block, { store }));
    const [said, read, counted] = [
      await Promise.all(shells.map((shell) => shell.run({ shellCommand: "echo $WHO" }))),
      await Promise.all(readers.map((reader) => reader.run())),
      await Promise.all(functions.map((block) => block.run({ text: "" }))),
    ];
    assert.deepEqual(
      said.map(({ stdout }) => stdout.trim()),
      ["a", "b"],
    );
    assert.deepEqual(
      read.map((operation) => operation.success && operation.data),
      [fileA, fileB],
    );
    assert.deepEqual(counted, [{ count: 1 }, { count: 2 }]);
  });

  test("tells databases in memory apart, and knows a file again", async () => {
    const store = new MemoryCache();
    const names: unknown[] = [];
    const databaseUrl = join(folder, "named.db");
    for (const [index, options] of [{}, {}, { databaseUrl }, { databaseUrl }].entries()) {
      await using database = new Sqlite3Block(SupportsSqlCommand, options);
      await database.run({ sqlCommand: `CREATE TABLE IF NOT EXISTS a AS SELECT ${index} AS name` });
      await database.run({ sqlCommand: `UPDATE a SET name = ${index}` });
      const { rows } = await cache(database, { store }).run({ sqlCommand: "SELECT name FROM a" });
      names.push(rows[0]?.name);
    }
    assert.deepEqual(names, [0, 1, 2, 2]);
  });

  test("does not give back what JSON has made something else of", async () => {
    const Anything = Type.Object({ at: Type.Unknown() });
    const dated = cache(new TestBlock(Text, Anything, () => ({ at: new Date(0) })));
    for (let run = 0; run < 2; run++) assert.deepEqual(await dated.run({ text: "" }), { at: new Date(0) });
  });

  test("opens a file again that could not be opened", async () => {
    const path = join(folder, "later", "results.db");
    using store = new SqliteCache({ path });
    await assert.rejects(store.get("a"), /unable to open/);
    mkdirSync(join(folder, "later"));
    assert.equal(await store.get("a"), undefined);
  });

  test("keeps as many as it may, however often one of them is written", async () => {
    using store = new SqliteCache({ path: join(folder, "often.db"), maxEntries: 2 });
    await store.set("kept", "kept");
    for (let count = 0; count < 250; count++) await store.set("often", String(count));
    assert.deepEqual([await store.get("kept"), await store.get("often")], ["kept", "249"]);
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
