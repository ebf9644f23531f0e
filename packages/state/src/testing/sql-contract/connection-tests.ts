import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { openStateStore } from "../../open-state-store.ts";
import { SqlStateStore } from "../../sql/sql-state-store.ts";
import { StateQueryError } from "../../state-database-error.ts";
import { faultyDatabase } from "../faulty-database.ts";
import { deployment, tombstone } from "../rows.ts";
import { openOptions, type SqlDatabases, secret } from "./sql-databases.ts";

/** What a database promises when a statement fails, a connection is lost, or a signal is aborted. */
export function testConnections(databases: SqlDatabases): void {
  test("a body cannot hide that the database has failed", async () => {
    const uri = await databases.makeUri();
    await using store = await openStateStore({ uri, secret });
    await databases.query(uri, "alter table conduit_deployments drop column replicas");
    await assert.rejects(
      store.transaction(async (transaction) => {
        await transaction.putTombstone(tombstone("before"));
        const row = { ...deployment("a"), endpointKey: "endpoint-key-in-clear" };
        await transaction.putDeployment(row).catch(() => {});
        await transaction.putTombstone(tombstone("after")).catch(() => {});
      }),
      (error) => {
        assert(StateQueryError.isInstance(error));
        assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /in-clear/);
        assert.match(
          error.message,
          /^expected .* to carry a statement out, but it answered: .*; nothing was written$/,
        );
        return true;
      },
    );
    assert.deepEqual(await store.transaction((transaction) => transaction.listTombstones()), []);
  });

  test("a transaction whose connection is lost after a long time runs again", async () => {
    const uri = await databases.makeUri();
    let runs = 0;
    let isLost = false;
    const losesConnection = () => isLost && runs === 1;
    const faulty = faultyDatabase(await databases.database(uri), [], { losesConnection });
    await using store = await SqlStateStore.open(faulty, openOptions);
    await store.transaction(async (transaction) => {
      runs++;
      await delay(2 * openOptions.reconnectTimeoutMs);
      isLost = true;
      await transaction.putTombstone(tombstone(`run ${runs}`));
    });
    assert.deepEqual(await databases.query(uri, "select node_name from conduit_tombstones"), [
      { node_name: "run 2" },
    ]);
  });

  for (const when of ["afterConnect", "afterBegin"] as const) {
    test(`a transaction does not run when its signal is aborted ${when === "afterBegin" ? "as it gets its turn" : "on the way there"}`, async () => {
      const uri = await databases.makeUri();
      await using other = await openStateStore({ uri, secret });
      const controller = new AbortController();
      const reason = new Error("enough");
      let isDue = false;
      const interruption = () => {
        if (isDue) controller.abort(reason);
      };
      const faulty = faultyDatabase(await databases.database(uri), [], { [when]: interruption });
      await using store = await SqlStateStore.open(faulty, openOptions);
      isDue = true;
      const attempt = () =>
        assert.rejects(
          store.transaction(() => assert.fail("ran"), { signal: controller.signal }),
          reason,
        );
      // Whoever waits for a turn would wait for the other's end.
      if (when === "afterBegin") await attempt();
      else await other.transaction(attempt);
      isDue = false;
      assert.equal(await store.transaction(async () => "goes on"), "goes on");
    });
  }
}
