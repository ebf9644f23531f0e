import assert from "node:assert/strict";
import { test } from "node:test";
import { openStateStore } from "../../open-state-store.ts";
import { migrations } from "../../sql/migrations.ts";
import { appendUntilKilled, Holder, openInAnotherProgram } from "../program.ts";
import { type SqlDatabases, secret } from "./sql-databases.ts";

/** What a database promises programs that use it at the same time. */
export function testPrograms(databases: SqlDatabases): void {
  test("20 programs that start together agree on one UUID and migrate once", async () => {
    const uri = await databases.makeUri();
    const env = { CONDUIT_DB_URI: uri, CONDUIT_SECRET: secret };
    const storeIds = await Promise.all(Array.from({ length: 20 }, () => openInAnotherProgram(env)));
    assert.match(storeIds[0] ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(new Set(storeIds).size, 1);
    assert.deepEqual(await databases.query(uri, "select id from conduit_store"), [{ id: storeIds[0] }]);
    assert.deepEqual(
      await databases.query(uri, "select id, name from conduit_migrations order by id"),
      migrations.map(({ name }, index) => ({ id: index + 1, name })),
    );
  });

  test("what a killed program had not committed does not count, and others go on at once", async () => {
    const uri = await databases.makeUri();
    using holder = await Holder.start(uri, 60_000);
    const [store] = await Promise.all([openStateStore({ uri, secret }), holder.kill()]);
    assert.deepEqual(await store.transaction((transaction) => transaction.listTombstones()), []);
    await store.close();
  });

  test("programs that are killed at any moment lose nothing that was confirmed, and write nothing twice", async () => {
    const uri = await databases.makeUri();
    const told = await Promise.all(
      Array.from({ length: 6 }, (_, index) => appendUntilKilled(uri, `program ${index}`, 70 * index + 1)),
    );
    await using store = await openStateStore({ uri, secret });
    const events = await store.transaction((transaction) => transaction.listEvents());
    for (const [index, numbers] of told.entries()) {
      const written = events.filter(({ actor }) => actor === `program ${index}`);
      assert.deepEqual(
        written.map(({ detail }) => Number(detail)),
        written.map((_, position) => position + 1),
      );
      // It may have been killed between a commit and its confirmation.
      const unconfirmed = written.length - numbers.length;
      assert(unconfirmed === 0 || unconfirmed === 1, `${written.length} written, ${numbers.length} told`);
    }
  });
}
