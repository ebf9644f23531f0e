import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lastWrite } from "./last-write.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

test("a commit is seen from outside, and a transaction under way is not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cb-"));
  const path = join(folder, "conduit.db");
  const database = new SqliteDatabase(path, { busyTimeoutMs: 60_000 });
  try {
    const connection = await database.connect();
    const seen = [await lastWrite(path)];
    for (const name of ["one", "two"]) {
      await connection.begin("rows", undefined);
      await connection.query(`create table ${name} (id integer)`);
      assert.equal(await lastWrite(path), seen.at(-1), "it is held, but nothing is committed");
      await connection.commit();
      seen.push(await lastWrite(path));
    }
    await database.close();
    seen.push(await lastWrite(path));
    assert.equal(new Set(seen).size, 4);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
});
