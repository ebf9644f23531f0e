import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { TableDesign, withUsableNames } from "./table-design.ts";

const column = (name: string) => ({ name, type: "text", optional: false }) as const;

test("columns of one name get numbers, within the length of names", () => {
  const long = "a".repeat(20);
  const { columns } = withUsableNames({
    table: "people",
    columns: ["name", "name", "name_2", "name", long, long].map(column),
  });
  const names = columns.map(({ name }) => name);
  assert.deepEqual(names, ["name", "name_2", "name_2_2", "name_3", long, `${"a".repeat(16)}_2`]);
  Value.Assert(TableDesign, { table: "people", columns });
});

test("a table has none of the names that SQLite keeps for itself", () => {
  const tableOf = (table: string) => withUsableNames({ table, columns: [column("a")] }).table;
  assert.deepEqual(["sqlite_master", "sqlite", "people"].map(tableOf), ["my_master", "sqlite", "people"]);
});

test("nothing that could end a name is one", () => {
  for (const name of [
    "",
    "a b",
    'a"',
    "a'",
    "a;",
    "a)",
    "a--",
    "Name",
    "1a",
    "_a",
    "ä",
    "a\n",
    "a\0",
    "a".repeat(21),
  ]) {
    assert.ok(!Value.Check(TableDesign, { table: name, columns: [column("a")] }), name);
    assert.ok(!Value.Check(TableDesign, { table: "a", columns: [column(name)] }), name);
  }
});
