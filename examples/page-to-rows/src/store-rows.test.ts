import assert from "node:assert/strict";
import { test } from "node:test";
import { Sqlite3Block, SupportsSqlCommand } from "@conduit/blocks";
import { storeRows } from "./store-rows.ts";
import type { TableRows } from "./table-rows.ts";
import { createTable, insertRows } from "./table-sql.ts";

const people: TableRows = {
  table: {
    table: "order",
    columns: [
      { name: "select", type: "text", optional: false },
      { name: "constructor", type: "integer", optional: true },
      { name: "share", type: "real", optional: true },
      { name: "is_here", type: "boolean", optional: false },
    ],
  },
  rows: [
    { select: `Robert'); DROP TABLE "order"; --`, constructor: 999_999_999_999, share: 0.5, is_here: true },
    { select: "\"; ATTACH 'x' AS y; \0 ? ?1 :a 😀", constructor: null, share: null, is_here: false },
  ],
};

test("rows are stored as they are, whatever stands in them, and under names that are words of SQL", async () => {
  await using database = new Sqlite3Block(SupportsSqlCommand);
  assert.deepEqual(await storeRows(database).run(people), { table: people.table, rowCount: 2 });
  const { rows } = await database.run({ sqlCommand: 'SELECT * FROM "order"' });
  assert.deepEqual(
    rows.map((row) => ({ ...row, is_here: row.is_here === 1 })),
    people.rows,
  );
});

test("a table that is there is not written to", async () => {
  await using database = new Sqlite3Block(SupportsSqlCommand);
  await database.run({ sqlCommand: 'CREATE TABLE "order" (a TEXT)' });
  await assert.rejects(storeRows(database).run(people), /table "order" already exists/);
  const { rows } = await database.run({ sqlCommand: 'SELECT count(*) AS rows FROM "order"' });
  assert.deepEqual(rows, [{ rows: 0 }]);
});

test("a name that got past its type would end as a name all the same", async () => {
  const table = 'x" (a); DROP TABLE y; --';
  const hostile: TableRows = {
    table: { table, columns: [{ name: '"', type: "text", optional: false }] },
    rows: [{ '"': "z" }],
  };
  await using database = new Sqlite3Block(SupportsSqlCommand);
  for (const command of [createTable(hostile.table), insertRows(hostile)]) {
    const operation = await database.run(command);
    assert.ok(operation.success, JSON.stringify(operation));
  }
  const { rows } = await database.run({ sqlCommand: "SELECT name FROM sqlite_schema" });
  assert.deepEqual(rows, [{ name: table }]);
});
