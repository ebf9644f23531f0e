import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { StateTransaction } from "@conduit/types";
import { StateConflictError, StateStoreClosedError } from "../../state-error.ts";
import { failsWith } from "../fails-with.ts";
import { deployment, node, tombstone } from "../rows.ts";
import { read, type Stores } from "./stores.ts";

/** What a store promises of its transactions. */
export function testTransactions(stores: Stores): void {
  test("what a transaction does without awaiting is done in order, and before it ends", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        void transaction.putDeployment(deployment("a"));
        void transaction.putNode(node("n", "a"));
        void transaction.putDeployment({ ...deployment("a"), status: "DEPLOYED" });
      });
      await store.transaction(async (transaction) => {
        assert.equal((await transaction.getDeployment("a"))?.status, "DEPLOYED");
        assert.deepEqual(await transaction.listNodes("a"), [node("n", "a")]);
      });
    }));

  test("a throw undoes everything that the transaction wrote", () =>
    stores.withOne(async (store) => {
      await store.transaction((transaction) => transaction.putDeployment(deployment("a")));
      const failure = new Error("changed my mind");
      await assert.rejects(
        store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("b"));
          await transaction.putNode(node("n", "a"));
          await transaction.putTombstone(tombstone("t"));
          await transaction.appendEvent({ actor: "me", action: "node-create", outcome: "intent" });
          await transaction.removeDeployment("a");
          throw failure;
        }),
        failure,
      );
      await store.transaction(async (transaction) => {
        assert.deepEqual(await transaction.listDeployments(), [deployment("a")]);
        assert.deepEqual(await transaction.listNodes("a"), []);
        assert.deepEqual(await transaction.listTombstones(), []);
        assert.deepEqual(await transaction.listEvents(), []);
      });
    }));

  test("a throw before a promise is there undoes everything, too", () =>
    stores.withOne(async (store) => {
      const failure = new Error("changed my mind");
      await assert.rejects(
        store.transaction((transaction) => {
          void transaction.putTombstone(tombstone("t")).catch(() => {});
          throw failure;
        }),
        failure,
      );
      await delay(20);
      assert.deepEqual(await read(store, (transaction) => transaction.listTombstones()), []);
    }));

  test("a conflict leaves the transaction usable", () =>
    stores.withOne(async (store) => {
      await store.transaction(async (transaction) => {
        await transaction.putDeployment(deployment("a"));
        await assert.rejects(transaction.putNode(node("n", "nobody")), StateConflictError);
        await transaction.putNode(node("n", "a"));
      });
      assert.deepEqual(await read(store, (transaction) => transaction.listNodes("a")), [node("n", "a")]);
    }));

  test("a transaction is of no use after its end", () =>
    stores.withOne(async (store) => {
      const escaped = await store.transaction(async (transaction) => ({ transaction }));
      await assert.rejects(
        escaped.transaction.putDeployment(deployment("a")),
        failsWith(
          StateStoreClosedError,
          "expected a transaction under way, but it has ended; await everything inside its body",
        ),
      );
      assert.deepEqual(await read(store, (transaction) => transaction.listDeployments()), []);
    }));

  test("transactions see each other's result, however many run at once", () =>
    stores.withOne(async (store) => {
      await store.transaction((transaction) =>
        transaction.putDeployment({ ...deployment("a"), replicas: 0 }),
      );
      await Promise.all(
        Array.from({ length: 50 }, () =>
          store.transaction(async (transaction) => {
            const row = await transaction.getDeployment("a");
            assert(row !== undefined);
            await new Promise(setImmediate);
            await transaction.putDeployment({ ...row, replicas: row.replicas + 1 });
          }),
        ),
      );
      const row = await read(store, (transaction) => transaction.getDeployment("a"));
      assert.equal(row?.replicas, 50);
    }));

  test("two that have the same rows run their transactions one after another", () =>
    stores.withTwo(async (one, other) => {
      await one.transaction((transaction) => transaction.putDeployment(deployment("a")));
      const increment = async (transaction: StateTransaction) => {
        const row = await transaction.getDeployment("a");
        assert(row !== undefined);
        await new Promise(setImmediate);
        await transaction.putDeployment({ ...row, replicas: row.replicas + 1 });
      };
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one : other).transaction(increment)),
      );
      const row = await read(other, (transaction) => transaction.getDeployment("a"));
      assert.equal(row?.replicas, 51);
    }));
}
