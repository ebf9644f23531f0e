import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SqlStateStore } from "../../sql/sql-state-store.ts";
import { StateCommitUnknownError, StateStoreUnavailableError } from "../../state-database-error.ts";
import { type CommitFault, faultyDatabase } from "../faulty-database.ts";
import { tombstone } from "../rows.ts";
import { openOptions, type SqlDatabases } from "./sql-databases.ts";

/** What a database promises when the answer to a commit is lost. */
export function testCommits(databases: SqlDatabases): void {
  describe("when the answer to a commit is lost", () => {
    async function commit(fault: CommitFault) {
      const uri = await databases.makeUri();
      const faults: CommitFault[] = [];
      await using store = await SqlStateStore.open(
        faultyDatabase(await databases.database(uri), faults),
        openOptions,
      );
      faults.push(fault);
      let runs = 0;
      const result = store.transaction(async (transaction) => {
        await transaction.putTombstone(tombstone("t"));
        return ++runs;
      });
      const [outcome] = await Promise.allSettled([result]);
      const rows = await databases.query(uri, "select node_name from conduit_tombstones");
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
      const uri = await databases.makeUri();
      const faults: CommitFault[] = [];
      const faulty = faultyDatabase(await databases.database(uri), faults);
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
}
