import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  InvalidBlockOptionsError,
  Sqlite3Block,
  type Sqlite3Options,
  SqlSchemaFileError,
  SupportsSqlCommand,
} from "../../index.ts";

const folder = mkdtempSync(join(tmpdir(), "conduit-sqlite-"));
after(() => rmSync(folder, { recursive: true }));

function open(options: Sqlite3Options) {
  const block = new Sqlite3Block(SupportsSqlCommand, options);
  return {
    run: (sqlCommand: string) => block.run({ sqlCommand }),
    [Symbol.asyncDispose]: () => block.dispose(),
  };
}

describe("options", () => {
  test("name a file, and SQL that makes its tables", async () => {
    const file = join(folder, "tables.db");
    const schemaFile = join(folder, "schema.sql");
    writeFileSync(schemaFile, "CREATE TABLE IF NOT EXISTS a (x); CREATE INDEX IF NOT EXISTS b ON a (x)");
    for (const [databaseUrl, count] of [
      [file, 1],
      [`sqlite:///${file}`, 2],
      [`file:${file}`, 3],
    ] as const) {
      await using database = open({ databaseUrl, schemaFile });
      assert.ok((await database.run("INSERT INTO a VALUES (1)")).success);
      assert.equal((await database.run("SELECT * FROM a")).rowCount, count);
    }
    await using reader = open({ databaseUrl: file, readOnly: true });
    assert.equal((await reader.run("SELECT * FROM a")).rowCount, 3);
    for (const sql of ["DELETE FROM a", "CREATE TABLE c (x)", "INSERT INTO a VALUES (2)"]) {
      const operation = await reader.run(sql);
      assert.ok(!operation.success);
      assert.equal(operation.errorCode, "SQLITE_READONLY");
    }
  });

  test("that make the same tables at the same time wait for each other", async () => {
    const databaseUrl = join(folder, "together.db");
    const schemaFile = join(folder, "together.sql");
    writeFileSync(schemaFile, "CREATE TABLE IF NOT EXISTS a (x); INSERT INTO a VALUES (1) -- a comment");
    const databases = Array.from({ length: 8 }, () => open({ databaseUrl, schemaFile }));
    const operations = await Promise.all(databases.map(({ run }) => run("SELECT count(*) AS n FROM a")));
    for (const operation of operations)
      assert.ok(operation.success, operation.success ? "" : operation.reason);
    const last = await databases[0]?.run("SELECT count(*) AS n FROM a");
    assert.deepEqual(last?.rows, [{ n: 8 }]);
    for (const database of databases) await database[Symbol.asyncDispose]();
  });

  test("that cannot be are refused", async () => {
    for (const [option, options] of [
      ["databaseUrl", { databaseUrl: "" }],
      ["schemaFile", { schemaFile: "a", readOnly: true }],
      ["maxRows", { maxRows: -1 }],
      ["timeoutSeconds", { timeoutSeconds: 0 }],
    ] as const) {
      assert.throws(
        () => new Sqlite3Block(SupportsSqlCommand, options),
        (error) => InvalidBlockOptionsError.isInstance(error) && error.option === option,
      );
    }
    await assert.rejects(
      open({ schemaFile: join(folder, "missing.sql") }).run("SELECT 1"),
      SqlSchemaFileError,
    );
    const schemaFile = join(folder, "wrong.sql");
    writeFileSync(schemaFile, "CREATE TABLE a (x); CREATE TABL b");
    const databaseUrl = join(folder, "wrong.db");
    await assert.rejects(open({ schemaFile, databaseUrl }).run("SELECT 1"), /wrong\.sql.*syntax error/);
    writeFileSync(schemaFile, "CREATE TABLE a (x)");
    await using database = open({ schemaFile, databaseUrl });
    assert.ok((await database.run("SELECT * FROM a")).success, "nothing of the wrong file was kept");
  });

  test("a file that is no database, or that cannot be made, is a failure", async () => {
    const file = join(folder, "text.db");
    writeFileSync(file, "no database, but text that is long enough to be looked at as one".repeat(20));
    for (const [databaseUrl, code] of [
      [file, "SQLITE_NOTADB"],
      [join(folder, "missing", "a.db"), "SQLITE_CANTOPEN"],
      [folder, "SQLITE_CANTOPEN"],
    ] as const) {
      await using database = open({ databaseUrl });
      const operation = await database.run("SELECT * FROM sqlite_schema");
      assert.ok(!operation.success);
      assert.deepEqual([operation.failure, operation.errorCode], ["connection", code]);
    }
  });
});
