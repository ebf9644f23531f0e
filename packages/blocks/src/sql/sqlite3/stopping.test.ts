import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Sqlite3Block, SupportsSqlCommand } from "../../index.ts";
import { eventually } from "../../testing/eventually.ts";

const folder = mkdtempSync(join(tmpdir(), "conduit-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

const ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

describe("the signal", () => {
  test("interrupts the statement, and what it changed is not kept", async () => {
    const block = new Sqlite3Block(SupportsSqlCommand, { allowSeveralStatements: true });
    await block.run({ sqlCommand: "CREATE TABLE a (x)" });
    for (const waitMs of [0, 1, 5, 50, 200]) {
      const controller = new AbortController();
      const running = block.run(
        { sqlCommand: `INSERT INTO a VALUES (1); ${ENDLESS}` },
        { signal: controller.signal },
      );
      await delay(waitMs);
      const reason = new Error("stop");
      controller.abort(reason);
      await assert.rejects(running, reason);
      // The next run has to wait for the end of this one.
      assert.deepEqual((await block.run({ sqlCommand: "SELECT count(*) AS n FROM a" })).rows, [{ n: 0 }]);
    }
    await block.dispose();
  });

  test("ends the wait for the turn", async () => {
    const block = new Sqlite3Block(SupportsSqlCommand);
    const first = new AbortController();
    const second = new AbortController();
    const running = block.run({ sqlCommand: ENDLESS }, { signal: first.signal });
    const waiting = block.run({ sqlCommand: "SELECT 1" }, { signal: second.signal });
    const last = block.run({ sqlCommand: "SELECT 1 AS a" });
    second.abort(new Error("second"));
    await assert.rejects(waiting, /second/);
    first.abort(new Error("first"));
    await assert.rejects(running, /first/);
    assert.deepEqual((await last).rows, [{ a: 1 }]);
    await block.dispose();
  });
});

test("the timeout interrupts the statement too", async () => {
  const block = new Sqlite3Block(SupportsSqlCommand, { timeoutSeconds: 0.2 });
  const operation = await block.run({ sqlCommand: ENDLESS });
  assert.ok(!operation.success);
  assert.equal(operation.failure, "timeout");
  assert.match(operation.reason, /within 0\.2 seconds \(timeoutSeconds\)/);
  await block.dispose();
});

describe("a file that another one holds", () => {
  test("is waited for", async () => {
    const databaseUrl = join(folder, "held.db");
    const blocks = Array.from({ length: 4 }, () => new Sqlite3Block(SupportsSqlCommand, { databaseUrl }));
    const [first] = blocks;
    await first?.run({ sqlCommand: "CREATE TABLE a (x)" });
    const runs = Array.from({ length: 40 }, (_, index) =>
      blocks[index % 4]?.run({ sqlCommand: "INSERT INTO a VALUES (?)", parameters: [index] }),
    );
    for (const operation of await Promise.all(runs)) assert.ok(operation?.success);
    assert.deepEqual((await first?.run({ sqlCommand: "SELECT count(*) AS n FROM a" }))?.rows, [{ n: 40 }]);
    for (const block of blocks) await block.dispose();
  });

  test("for too long is given up", async () => {
    const databaseUrl = join(folder, "kept.db");
    const holder = new Sqlite3Block(SupportsSqlCommand, { databaseUrl });
    await holder.run({ sqlCommand: "CREATE TABLE a (x)" });
    const controller = new AbortController();
    const holding = holder.run({ sqlCommand: ENDLESS }, { signal: controller.signal });
    const hasty = new Sqlite3Block(SupportsSqlCommand, { databaseUrl, timeoutSeconds: 0.5 });
    const reader = new Sqlite3Block(SupportsSqlCommand, { databaseUrl, readOnly: true });
    // Whoever only reads may read meanwhile.
    assert.ok((await reader.run({ sqlCommand: "SELECT * FROM a" })).success);
    await eventually(async () => {
      const operation = await hasty.run({ sqlCommand: "INSERT INTO a VALUES (1)" });
      assert.ok(!operation.success);
      assert.equal(operation.failure, "timeout");
    });
    controller.abort();
    await assert.rejects(holding);
    for (const block of [holder, hasty, reader]) await block.dispose();
  });

  test("while its schema shall be made is a failure of all runs that wait for that", async () => {
    const databaseUrl = join(folder, "schema-kept.db");
    const schemaFile = join(folder, "schema.sql");
    writeFileSync(schemaFile, "CREATE TABLE IF NOT EXISTS a (x)");
    const holder = new Sqlite3Block(SupportsSqlCommand, { databaseUrl });
    const controller = new AbortController();
    await holder.run({ sqlCommand: "SELECT 1" });
    const holding = holder.run({ sqlCommand: ENDLESS }, { signal: controller.signal });
    const hasty = new Sqlite3Block(SupportsSqlCommand, { databaseUrl, timeoutSeconds: 0.2 });
    await eventually(async () => {
      assert.ok(!(await hasty.run({ sqlCommand: "CREATE TABLE IF NOT EXISTS b (x)" })).success);
    });
    const block = new Sqlite3Block(SupportsSqlCommand, { databaseUrl, schemaFile, timeoutSeconds: 0.5 });
    const first = block.run({ sqlCommand: "SELECT * FROM a" });
    await delay(300);
    const second = block.run({ sqlCommand: "SELECT * FROM a" });
    for (const operation of await Promise.all([first, second])) {
      assert.ok(!operation.success);
      assert.equal(operation.failure, "timeout");
    }
    controller.abort();
    await assert.rejects(holding);
    assert.deepEqual((await block.run({ sqlCommand: "SELECT * FROM a" })).rows, []);
    for (const used of [holder, hasty, block]) await used.dispose();
  });
});
