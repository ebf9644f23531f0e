import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { sql } from "kysely";
import { openStateStore } from "../open-state-store.ts";
import { Keyring, sealingKey } from "../secret/keyring.ts";
import { migrate } from "../sql/migrate.ts";
import { migrations } from "../sql/migrations.ts";
import type { SqlDatabase } from "../sql/sql-database.ts";
import { SqlStateStore } from "../sql/sql-state-store.ts";
import { recordKey } from "../sql/store-row.ts";
import { withConnection } from "../sql/with-connection.ts";
import {
  StateCommitUnknownError,
  StateQueryError,
  StateSchemaTooNewError,
  StateSecretMismatchError,
  StateStoreCorruptError,
  StateStoreUnavailableError,
} from "../state-error.ts";
import { failsWith } from "./fails-with.ts";
import { type CommitFault, faultyDatabase } from "./faulty-database.ts";
import { appendUntilKilled, Holder, openInAnotherProgram } from "./program.ts";
import { deployment, tombstone } from "./rows.ts";

export interface SqlStoreTestOptions {
  /** Why the tests cannot run here. */
  readonly skip?: string | false | undefined;
  /** Makes an empty database. */
  readonly makeUri: () => Promise<string>;
  /** The database behind a store. */
  readonly database: (uri: string) => Promise<SqlDatabase>;
}

const secret = "secret";
const openOptions = { secret, keyFile: undefined, reconnectTimeoutMs: 100 };
const retry = { signal: undefined, timeoutMs: 0, awaitServer: false };

/** What every store in a database promises besides, as tests. */
export function testSqlStore(name: string, { skip = false, makeUri, database }: SqlStoreTestOptions): void {
  /** One statement on a connection of its own, beside all stores. */
  async function query(uri: string, statement: string): Promise<readonly unknown[]> {
    const raw = await database(uri);
    try {
      return await withConnection(raw, retry, (connection) => connection.query(statement));
    } finally {
      await raw.close();
    }
  }

  describe(name, { skip }, () => {
    test("20 programs that start together agree on one UUID and migrate once", async () => {
      const uri = await makeUri();
      const env = { CONDUIT_DB_URI: uri, CONDUIT_SECRET: secret };
      const storeIds = await Promise.all(Array.from({ length: 20 }, () => openInAnotherProgram(env)));
      assert.match(storeIds[0] ?? "", /^[0-9a-f-]{36}$/);
      assert.equal(new Set(storeIds).size, 1);
      assert.deepEqual(await query(uri, "select id from conduit_store"), [{ id: storeIds[0] }]);
      assert.deepEqual(
        await query(uri, "select id, name from conduit_migrations order by id"),
        migrations.map(({ name }, index) => ({ id: index + 1, name })),
      );
    });

    test("what a killed program had not committed does not count, and others go on at once", async () => {
      const uri = await makeUri();
      using holder = await Holder.start(uri, 60_000);
      const [store] = await Promise.all([openStateStore({ uri, secret }), holder.kill()]);
      assert.deepEqual(await store.transaction((transaction) => transaction.listTombstones()), []);
      await store.close();
    });

    test("programs that are killed at any moment lose nothing that was confirmed, and write nothing twice", async () => {
      const uri = await makeUri();
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

    test("endpoint keys are encrypted, each time differently, and are of no use in another row", async () => {
      const uri = await makeUri();
      await using store = await openStateStore({ uri, secret });
      const row = { ...deployment("a"), endpointKey: "endpoint-key-in-clear" };
      const sealed = new Set<unknown>();
      for (let time = 0; time < 2; time++) {
        await store.transaction((transaction) => transaction.putDeployment(row));
        const [columns] = await query(uri, "select * from conduit_deployments");
        assert.doesNotMatch(JSON.stringify(columns), /in-clear|"secret"/);
        sealed.add((columns as { sealed_endpoint_key: string }).sealed_endpoint_key);
      }
      assert.equal(sealed.size, 2);
      assert.deepEqual(await store.transaction((transaction) => transaction.getDeployment("a")), row);
      await query(uri, "update conduit_deployments set id = 'b'");
      await assert.rejects(
        store.transaction((transaction) => transaction.listDeployments()),
        (error) => {
          assert(StateSecretMismatchError.isInstance(error));
          assert.equal(
            error.message,
            `expected the secret that the endpoint keys in ${error.store} are encrypted with, but found another; that of deployment b was encrypted with one that is not there any more, or was changed`,
          );
          return true;
        },
      );
    });

    test("another secret is refused before anything is read or written", async () => {
      const uri = await makeUri();
      await (await openStateStore({ uri, secret })).close();
      await assert.rejects(openStateStore({ uri, secret: "another" }), (error) => {
        assert(StateSecretMismatchError.isInstance(error));
        const place = uri.startsWith("sqlite")
          ? `, or restore ${uri.slice(10)}.key where there was none`
          : "";
        assert.equal(
          error.message,
          `expected the secret that the endpoint keys in ${error.store} are encrypted with, but found another; set CONDUIT_SECRET to the one that was used before${place}`,
        );
        return true;
      });
      await (await openStateStore({ uri, secret })).close();
    });

    test("a key is not noted where another program has noted its own in the meantime", async () => {
      const uri = await makeUri();
      await (await openStateStore({ uri, secret })).close();
      const raw = await database(uri);
      const keyring = new Keyring([sealingKey(randomBytes(32))]);
      const noted = withConnection(raw, retry, (connection) =>
        recordKey(raw, connection, keyring, undefined),
      );
      await assert.rejects(
        noted,
        failsWith(
          StateSecretMismatchError,
          `expected the secret that the endpoint keys in ${raw.store} are encrypted with, but found another; another program has opened it at the same time with its own; give both the same CONDUIT_SECRET`,
        ),
      );
      await raw.close();
      await (await openStateStore({ uri, secret })).close();
    });

    test("a body cannot hide that the database has failed", async () => {
      const uri = await makeUri();
      await using store = await openStateStore({ uri, secret });
      await assert.rejects(
        store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          const row = { ...deployment("b"), endpointKey: "endpoint-key-in-clear", replicas: 0.5 };
          await transaction.putDeployment(row).catch(() => {});
          await transaction.putDeployment(deployment("c")).catch(() => {});
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
      assert.deepEqual(await store.transaction((transaction) => transaction.listDeployments()), []);
    });

    test("the database itself keeps events from being changed or removed", async () => {
      const uri = await makeUri();
      await using store = await openStateStore({ uri, secret });
      await store.transaction((transaction) =>
        transaction.appendEvent({ actor: "me", action: "x-y", outcome: "done" }),
      );
      for (const statement of ["update conduit_events set actor = 'you'", "delete from conduit_events"])
        await assert.rejects(query(uri, statement), /events are never changed or removed/);
      assert.equal((await store.transaction((transaction) => transaction.listEvents())).length, 1);
    });

    test("a database that has lost its UUID is damaged", async () => {
      const uri = await makeUri();
      await (await openStateStore({ uri, secret })).close();
      await query(uri, "delete from conduit_store");
      await assert.rejects(openStateStore({ uri, secret }), (error) => {
        assert(StateStoreCorruptError.isInstance(error));
        assert.match(error.message, /but its table conduit_store has no row; restore it from a backup/);
        return true;
      });
    });

    test("a database that a newer Conduit has migrated is left alone", async () => {
      const uri = await makeUri();
      await (await openStateStore({ uri, secret })).close();
      await query(uri, "insert into conduit_migrations (id, name, applied_at_ms) values (99, 'later', 0)");
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
      const uri = await makeUri();
      await (await openStateStore({ uri, secret })).close();
      const raw = await database(uri);
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
      assert.equal((await query(uri, "select id from conduit_migrations")).length, migrations.length + 1);
    });

    test("a transaction whose connection is lost after a long time runs again", async () => {
      const uri = await makeUri();
      let runs = 0;
      let isLost = false;
      const losesConnection = () => isLost && runs === 1;
      const faulty = faultyDatabase(await database(uri), [], { losesConnection });
      await using store = await SqlStateStore.open(faulty, openOptions);
      await store.transaction(async (transaction) => {
        runs++;
        await delay(2 * openOptions.reconnectTimeoutMs);
        isLost = true;
        await transaction.putTombstone(tombstone(`run ${runs}`));
      });
      assert.deepEqual(await query(uri, "select node_name from conduit_tombstones"), [
        { node_name: "run 2" },
      ]);
    });

    for (const when of ["afterConnect", "afterBegin"] as const) {
      test(`a transaction does not run when its signal is aborted ${when === "afterBegin" ? "as it gets its turn" : "on the way there"}`, async () => {
        const uri = await makeUri();
        await using other = await openStateStore({ uri, secret });
        const controller = new AbortController();
        const reason = new Error("enough");
        let isDue = false;
        const interruption = () => {
          if (isDue) controller.abort(reason);
        };
        const faulty = faultyDatabase(await database(uri), [], { [when]: interruption });
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

    describe("when the answer to a commit is lost", () => {
      async function commit(fault: CommitFault) {
        const uri = await makeUri();
        const faults: CommitFault[] = [];
        await using store = await SqlStateStore.open(
          faultyDatabase(await database(uri), faults),
          openOptions,
        );
        faults.push(fault);
        let runs = 0;
        const result = store.transaction(async (transaction) => {
          await transaction.putTombstone(tombstone("t"));
          return ++runs;
        });
        const [outcome] = await Promise.allSettled([result]);
        const rows = await query(uri, "select node_name from conduit_tombstones");
        return { outcome, runs, count: rows.length };
      }

      test("a transaction that counts is not repeated", async () => {
        const { outcome, runs, count } = await commit({ commits: true, retry: "lost" });
        assert.deepEqual(outcome, { status: "fulfilled", value: 1 });
        assert.deepEqual([runs, count], [1, 1]);
      });

      test("one that does not count runs again", async () => {
        const { outcome, runs, count } = await commit({ commits: false, retry: "lost" });
        assert.deepEqual(outcome, { status: "fulfilled", value: 2 });
        assert.deepEqual([runs, count], [2, 1]);
      });

      test("one that the database refuses for good fails, and does not count", async () => {
        const { outcome, runs, count } = await commit({ commits: false, retry: "never" });
        assert(outcome.status === "rejected" && StateStoreUnavailableError.isInstance(outcome.reason));
        assert.deepEqual([runs, count], [1, 0]);
      });

      test("one that the database refuses, but that counts all the same, succeeds", async () => {
        const { outcome, runs, count } = await commit({ commits: true, retry: "never" });
        assert.deepEqual(outcome, { status: "fulfilled", value: 1 });
        assert.deepEqual([runs, count], [1, 1]);
      });

      test("time and again, one that does not count fails in the end", async () => {
        const uri = await makeUri();
        const faults: CommitFault[] = [];
        const faulty = faultyDatabase(await database(uri), faults);
        await using store = await SqlStateStore.open(faulty, openOptions);
        faults.push(...Array.from({ length: 10_000 }, () => ({ commits: false, retry: "lost" as const })));
        await assert.rejects(
          store.transaction((transaction) => transaction.putTombstone(tombstone("t"))),
          StateStoreUnavailableError,
        );
        faults.length = 0;
        assert.deepEqual(await store.transaction((transaction) => transaction.listTombstones()), []);
      });

      test("it is said that nobody knows, where the program was suspended for so long that its commit is forgotten", async () => {
        const suspendedMs = 3_600_000;
        const { outcome, runs, count } = await commit({ commits: true, retry: "lost", suspendedMs });
        assert(outcome.status === "rejected");
        const { reason } = outcome;
        assert(StateCommitUnknownError.isInstance(reason));
        assert.equal(
          reason.message,
          `expected ${reason.store} to confirm a commit, but its answer was lost and it was asked again only after it had forgotten such commits; what was written may count or not, so read it before you repeat it`,
        );
        assert.deepEqual([runs, count], [1, 1]);
      });

      for (const commits of [true, false]) {
        test(`it is said that nobody knows, where the database does not come back and ${commits ? "has" : "has not"} committed`, async () => {
          const { outcome, runs, count } = await commit({ commits, retry: "lost", ends: true });
          assert(outcome.status === "rejected");
          const { reason } = outcome;
          assert(StateCommitUnknownError.isInstance(reason));
          assert.equal(
            reason.message,
            `expected ${reason.store} to confirm a commit, but its answer was lost and it could not be asked again within 100 ms; what was written may count or not, so read it before you repeat it`,
          );
          assert.deepEqual([runs, count], [1, commits ? 1 : 0]);
        });
      }
    });
  });
}
