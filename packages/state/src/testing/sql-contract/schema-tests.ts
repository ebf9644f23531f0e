import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { openStateStore } from "../../open-state-store.ts";
import { migrate } from "../../sql/migrate.ts";
import { migrations } from "../../sql/migrations.ts";
import { withConnection } from "../../sql/with-connection.ts";
import { StateSchemaTooNewError, StateStoreCorruptError } from "../../state-database-error.ts";
import { retry, type SqlDatabases, secret } from "./sql-databases.ts";

/** What a database promises of its schema. */
export function testSchema(databases: SqlDatabases): void {
  test("a database that a newer Conduit has migrated is left alone", async () => {
    const uri = await databases.makeUri();
    await (await openStateStore({ uri, secret })).close();
    await databases.query(
      uri,
      "insert into conduit_migrations (id, name, applied_at_ms) values (99, 'later', 0)",
    );
    await assert.rejects(openStateStore({ uri, secret }), (error) => {
      assert(StateSchemaTooNewError.isInstance(error));
      assert.equal(
        error.message,
        `expected ${error.store} to have at most migration ${migrations.length}, but it has 99, from a newer Conduit; update @conduit/state`,
      );
      return true;
    });
  });

  test("a migration that fails leaves the database as it was, and the next attempt goes on from there", async () => {
    const uri = await databases.makeUri();
    await (await openStateStore({ uri, secret })).close();
    const raw = await databases.database(uri);
    const failure = new Error("the disk caught fire");
    const add = {
      name: "second",
      up: async (db: Parameters<(typeof migrations)[0]["up"]>[0]) => {
        await sql`create table conduit_second (id integer)`.execute(db);
      },
    };
    const fail = { name: "third", up: () => Promise.reject(failure) };
    const run = (steps: typeof migrations) =>
      withConnection(raw, retry, (connection) => migrate(raw, connection, undefined, steps));
    try {
      await assert.rejects(run([...migrations, add, fail]), failure);
      await run([...migrations, add]);
      await run([...migrations, add]);
    } finally {
      await raw.close();
    }
    assert.equal(
      (await databases.query(uri, "select id from conduit_migrations")).length,
      migrations.length + 1,
    );
  });

  test("a database that has lost its UUID is damaged", async () => {
    const uri = await databases.makeUri();
    await (await openStateStore({ uri, secret })).close();
    await databases.query(uri, "delete from conduit_store");
    await assert.rejects(openStateStore({ uri, secret }), (error) => {
      assert(StateStoreCorruptError.isInstance(error));
      assert.match(error.message, /but its table conduit_store has no row; restore it from a backup/);
      return true;
    });
  });

  test("the database itself keeps events from being changed or removed", async () => {
    const uri = await databases.makeUri();
    await using store = await openStateStore({ uri, secret });
    await store.transaction((transaction) =>
      transaction.appendEvent({ actor: "me", action: "x-y", outcome: "done" }),
    );
    for (const statement of ["update conduit_events set actor = 'you'", "delete from conduit_events"])
      await assert.rejects(databases.query(uri, statement), /events are never changed or removed/);
    assert.equal((await store.transaction((transaction) => transaction.listEvents())).length, 1);
  });
}
