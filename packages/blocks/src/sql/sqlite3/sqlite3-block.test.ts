import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { Type } from "typebox";
import {
  BlockDisposedError,
  SchemaMismatchError,
  Sqlite3Block,
  type Sqlite3Options,
  SupportsSqlCommand,
} from "../../index.ts";

const folder = mkdtempSync(join(tmpdir(), "conduit-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

function memory(options: Sqlite3Options = {}) {
  const block = new Sqlite3Block(SupportsSqlCommand, options);
  return {
    block,
    run: (sqlCommand: string, parameters?: readonly (string | number | boolean | null)[]) =>
      block.run(parameters === undefined ? { sqlCommand } : { sqlCommand, parameters: [...parameters] }),
    [Symbol.asyncDispose]: () => block.dispose(),
  };
}

describe("a command", () => {
  test("gives rows, or the number of rows that it changed", async () => {
    await using database = memory();
    const { run } = database;
    assert.deepEqual(await run("CREATE TABLE a (x INTEGER PRIMARY KEY, y)"), {
      success: true,
      rows: [],
      rowCount: 0,
    });
    assert.deepEqual(await run("INSERT INTO a VALUES (1, 'é'), (2, NULL), (3, 1.5), (4, x'00ff')"), {
      success: true,
      rows: [],
      rowCount: 4,
    });
    assert.deepEqual(await run("SELECT * FROM a;"), {
      success: true,
      rows: [
        { x: 1, y: "é" },
        { x: 2, y: null },
        { x: 3, y: 1.5 },
        { x: 4, y: Buffer.from([0, 255]) },
      ],
      rowCount: 4,
    });
    assert.equal((await run("UPDATE a SET y = 0 WHERE x > 2")).rowCount, 2);
    assert.equal((await run("SELECT * FROM a WHERE x > 100")).rowCount, 0);
    assert.deepEqual((await run("DELETE FROM a WHERE x = 1 RETURNING x")).rows, [{ x: 1 }]);
  });

  test("has the parameters that it asks for, whatever is in them", async () => {
    await using database = memory();
    const values = ["'; DROP TABLE a; --", 2 ** 53 - 1, 1.25, true, null];
    const { rows } = await database.run("SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e", values);
    assert.deepEqual(rows, [{ a: values[0], b: values[1], c: 1.25, d: 1, e: null }]);
    const missing = await database.run("SELECT ?, ?", [1]);
    assert.ok(!missing.success);
    assert.match(missing.reason, /2 placeholders, and 1 parameters/);
    assert.deepEqual((await database.run("SELECT ?1 + ?1 AS a", [2])).rows, [{ a: 4 }]);
  });

  test("that SQLite refuses is a failure, and leaves nothing behind", async () => {
    await using database = memory();
    await database.run("CREATE TABLE a (x INTEGER CHECK (x < 3))");
    const failed = await database.run("INSERT INTO a VALUES (1), (2), (3)");
    assert.ok(!failed.success);
    assert.deepEqual(
      [failed.failure, failed.errorCode, failed.rows, failed.rowCount],
      ["statement", "SQLITE_CONSTRAINT", [], 0],
    );
    assert.match(failed.reason, /^SQLite: CHECK constraint failed: x < 3\.$/);
    assert.deepEqual((await database.run("SELECT count(*) AS n FROM a")).rows, [{ n: 0 }]);
    const wrong = await database.run("SELEC 1");
    assert.ok(!wrong.success);
    assert.match(wrong.reason, /syntax error/);
  });

  test("may have several statements only where that is asked for, all or none", async () => {
    await using one = memory();
    const refused = await one.run("SELECT 1; SELECT 2");
    assert.ok(!refused.success);
    assert.equal(refused.failure, "refused");
    await using several = memory({ allowSeveralStatements: true });
    const done = await several.run("CREATE TABLE a (x); INSERT INTO a VALUES (1); SELECT x FROM a;");
    assert.deepEqual([done.success, done.rows], [true, [{ x: 1 }]]);
    assert.ok(!(await several.run("DELETE FROM a; SELECT * FROM missing")).success);
    assert.equal((await several.run("SELECT * FROM a")).rowCount, 1);
    assert.ok(!(await several.run("SELECT ?; SELECT 1", [1])).success);
  });
});

describe("rows", () => {
  test("are typed and validated, and what they should not be is rolled back", async () => {
    const Row = Type.Object({ x: Type.Integer() });
    const block = new Sqlite3Block(SupportsSqlCommand, { row: Row });
    await block.run({ sqlCommand: "CREATE TABLE a (x)" });
    const good = await block.run({ sqlCommand: "INSERT INTO a VALUES (1) RETURNING x" });
    assert.ok(good.success);
    const x: number | undefined = good.rows[0]?.x;
    assert.equal(x, 1);
    const bad = await block.run({ sqlCommand: "INSERT INTO a VALUES ('two') RETURNING x" });
    assert.ok(!bad.success);
    assert.equal(bad.failure, "rows");
    assert.match(bad.reason, /\/0\/x must be integer/);
    assert.equal((await block.run({ sqlCommand: "SELECT * FROM a" })).rowCount, 1);
    await block.dispose();
  });

  test("have limits, past which nothing is changed", async () => {
    await using database = memory({ maxRows: 10, maxResultBytes: 1000 });
    const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT";
    assert.equal((await database.run(`${numbers} 10) SELECT i FROM n`)).rowCount, 10);
    for (const sql of [
      `${numbers} 11) SELECT i FROM n`,
      `${numbers} -1) SELECT i FROM n`,
      "SELECT zeroblob(1001)",
    ]) {
      const operation = await database.run(sql);
      assert.ok(!operation.success, sql);
      assert.equal(operation.failure, "size");
    }
    const bomb = await database.run("SELECT zeroblob(900000000)");
    assert.ok(!bomb.success);
    assert.equal(bomb.errorCode, "SQLITE_TOOBIG");
  });
});

describe("what a hostile command cannot do", () => {
  test("is to reach other files, change settings, or end the transaction", async () => {
    await using database = memory({ allowSeveralStatements: true });
    const other = join(folder, "other.db");
    for (const sql of [
      `ATTACH '${other}' AS other`,
      `/* a */ attach '${other}' as other`,
      `EXPLAIN ATTACH '${other}' AS other`,
      `VACUUM INTO '${other}'`,
      "PRAGMA query_only = OFF",
      "EXPLAIN PRAGMA user_version = 5",
      "COMMIT; SELECT 1",
      "SELECT 1; ROLLBACK",
      "SAVEPOINT a",
      "SELECT load_extension('x')",
      "SELECT 1\0; PRAGMA user_version = 5",
      "",
      "-- nothing",
    ]) {
      assert.ok(!(await database.run(sql)).success, sql);
    }
    assert.ok(!readdirSync(folder).includes("other.db"));
    assert.ok((await database.run("SELECT * FROM pragma_table_info('sqlite_schema')")).success);
  });
});

test("what is temporary is there for one run, and stands before nothing in the next", async () => {
  const databaseUrl = join(folder, "temporary.db");
  await using writer = memory({ databaseUrl, allowSeveralStatements: true });
  await writer.run("CREATE TABLE a (x); INSERT INTO a VALUES (1)");
  await using reader = memory({ databaseUrl, allowSeveralStatements: true, readOnly: true });
  for (const { run } of [writer, reader]) {
    const used = await run(`CREATE TEMP TABLE a (x); CREATE VIEW temp."we""ird" AS SELECT 2 AS x;
      CREATE TEMP TRIGGER t AFTER INSERT ON main.a BEGIN SELECT RAISE(ABORT, 'trapped'); END;
      CREATE VIRTUAL TABLE temp.f USING fts5(x); INSERT INTO a VALUES (3); SELECT x FROM a UNION SELECT x FROM "we""ird"`);
    assert.deepEqual(used.rows, [{ x: 2 }, { x: 3 }], used.success ? "" : used.reason);
    assert.deepEqual((await run("SELECT x FROM a")).rows, [{ x: 1 }]);
    assert.deepEqual((await run("SELECT * FROM sqlite_temp_schema")).rows, []);
  }
  assert.ok((await writer.run("INSERT INTO a VALUES (4)")).success);
});

test("a disposed block has no database, and cannot be run", async () => {
  const { block, run } = memory();
  const running = run("SELECT 1 AS a");
  await new Promise(setImmediate);
  await block.dispose();
  assert.deepEqual((await running).rows, [{ a: 1 }]);
  await block[Symbol.asyncDispose]();
  await assert.rejects(run("SELECT 1"), BlockDisposedError);
});

test("data without a command are a mismatch, even where the schema lets them through", async () => {
  const block = new Sqlite3Block({} as typeof SupportsSqlCommand);
  for (const data of [{}, { sqlCommand: 1 }, null, { sqlCommand: "SELECT 1", parameters: 1 }])
    await assert.rejects(block.run(data as never), SchemaMismatchError);
});
