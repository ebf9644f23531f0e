import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { pipe, Sqlite3Block, SupportsSqlCommand } from "@conduit/blocks";
import { LMLiteBlock } from "@conduit/lm-lite";
import { Value } from "typebox/value";
import { designTable, extractRows } from "../examples/page-to-rows/src/extract-rows.ts";
import { Stored, storeRows } from "../examples/page-to-rows/src/store-rows.ts";
import { type ColumnDesign, TableDesign } from "../examples/page-to-rows/src/table-design.ts";
import { textsOf } from "../examples/page-to-rows/src/table-rows.ts";
import { readPage } from "../examples/page-to-summary/src/page.ts";
import { API_KEY, type Engine, required, startEngine } from "./support/engine.ts";
import { ExamplePlace } from "./support/example-program.ts";
import { WebServer } from "./support/web-server.ts";

/** What a page could say to do harm to a database, or to the JSON in which a model answers. */
const HOSTILE = [
  "Robert'); DROP TABLE people; --",
  `" OR "1"="1`,
  "'; ATTACH 'other.db' AS other",
  `\\"}]}, {"a": \\u0027`,
  "?1 :name @name $name %s \\0 \\",
  "=HYPERLINK(1)`rm` 😀 \u202e",
];

const escaped = (line: string) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const PAGE = `<table>${HOSTILE.map((line) => `<tr><td>${escaped(line)}</td></tr>`).join("")}</table>`;

/** Whether SQLite gives this back for a cell of the column. */
const isOf = ({ type, optional }: ColumnDesign, cell: unknown): boolean => {
  if (cell === null) return optional;
  if (type === "text") return typeof cell === "string" && HOSTILE.includes(cell);
  if (type === "boolean") return cell === 0 || cell === 1;
  return typeof cell === "number" && (type === "real" || Number.isInteger(cell));
};

/** Whether all of a table is as it was designed. */
async function assertStored(
  database: Sqlite3Block<typeof SupportsSqlCommand>,
  stored: unknown,
): Promise<void> {
  Value.Assert(Stored, stored);
  const { table, columns } = stored.table;
  const { rows } = await database.run({ sqlCommand: `SELECT * FROM "${table}"` });
  assert.ok(rows.length > 0);
  assert.equal(rows.length, stored.rowCount);
  for (const row of rows) {
    assert.deepEqual(
      Object.keys(row),
      columns.map(({ name }) => name),
    );
    for (const column of columns) assert.ok(isOf(column, row[column.name]), JSON.stringify({ column, row }));
  }
}

test("a page becomes rows in a table that the model designed, and the engine is gone then", async () => {
  await using server = await WebServer.page(PAGE);
  await using place = new ExamplePlace();
  const databaseUrl = join(place.folder, "rows.db");
  await using database = new Sqlite3Block(SupportsSqlCommand, { databaseUrl });
  await database.run({ sqlCommand: "CREATE TABLE people AS SELECT 'Ada' AS name" });

  const program = place.start("page-to-rows", [server.url, "--allow-private", "--database", databaseUrl]);
  const [answer, told, [exitCode]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, "exit"),
  ]);
  assert.equal(exitCode, 0, told);
  const stored: unknown = JSON.parse(answer);
  await assertStored(database, stored);
  const { rows } = await database.run({ sqlCommand: "SELECT * FROM people" });
  assert.deepEqual(rows, [{ name: "Ada" }]);
  await place.assertEmpty();
});

describe("with an engine", () => {
  let engine: Engine;
  let lm: LMLiteBlock;
  before(async () => {
    engine = await startEngine([`${required("RANDOM_MODEL")}=m`], "--max-model-len", "8192");
    lm = LMLiteBlock.connect({ baseUrl: engine.baseUrl, apiKey: API_KEY });
  });
  after(() => engine[Symbol.asyncDispose]());

  const readHostilePage = async () => {
    await using server = await WebServer.page(PAGE);
    return await readPage({ url: server.url, allowPrivate: true }).run();
  };

  test("whatever table a model designs can be made and filled", async () => {
    const page = await readHostilePage();
    const design = designTable(lm, "m");
    const stored = Array.from({ length: 12 }, async () => {
      const table = await design.run(page);
      await using database = new Sqlite3Block(SupportsSqlCommand);
      await assertStored(
        database,
        await pipe(extractRows(lm, "m"), storeRows(database)).run({ page, table }),
      );
    });
    await Promise.all(stored);
  });

  test("hostile lines of the page are data to the model's grammar as to the database", async () => {
    const page = await readHostilePage();
    assert.deepEqual(textsOf(page), HOSTILE);
    const column = (name: string) => ({ name, type: "text", optional: false }) as const;
    const table = { table: "people", columns: [column("name"), column("group"), column("name")] };
    Value.Assert(TableDesign, table);
    await using database = new Sqlite3Block(SupportsSqlCommand);
    await assertStored(database, await pipe(extractRows(lm, "m"), storeRows(database)).run({ page, table }));
    const { rows } = await database.run({ sqlCommand: "SELECT name FROM sqlite_schema" });
    assert.deepEqual(rows, [{ name: "people" }]);
  });
});
