import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DeploymentRow, NodeRow, StateStore, StateTransaction } from "@conduit/types";
import { StateConflictError, StateStoreClosedError } from "./state-error.ts";

/** What the tests need to make a store of some kind. */
export interface StateStoreMaker {
  /** A new, empty store with the given clock. */
  open(clock: () => number): Promise<StateStore>;
}

/** What every state store promises, as tests. */
export function testStateStore(name: string, maker: StateStoreMaker): void {
  describe(name, () => {
    async function withStore(body: (store: StateStore, clock: { nowMs: number }) => Promise<void>) {
      const clock = { nowMs: 1_000 };
      await using store = await maker.open(() => clock.nowMs);
      await body(store, clock);
    }

    test("has a UUID that stays", () =>
      withStore(async (store) => {
        const storeId = await store.storeId();
        assert.match(storeId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        assert.equal(await store.storeId(), storeId);
      }));

    test("two stores have different UUIDs", () =>
      withStore((one) =>
        withStore(async (other) => assert.notEqual(await one.storeId(), await other.storeId())),
      ));

    test("keeps rows from one transaction to the next", () =>
      withStore(async (store) => {
        await store.transaction((transaction) => transaction.putDeployment(deployment("a")));
        await store.transaction(async (transaction) => {
          assert.deepEqual(await transaction.getDeployment("a"), deployment("a"));
          assert.deepEqual(await transaction.findDeployment("default", "key of a"), deployment("a"));
          assert.equal(await transaction.findDeployment("other", "key of a"), undefined);
          assert.deepEqual(await transaction.listDeployments(), [deployment("a")]);
          assert.deepEqual(await transaction.listDeployments("other"), []);
        });
      }));

    test("a row put again replaces the first", () =>
      withStore(async (store) => {
        const row = { ...deployment("a"), status: "DEPLOYED" } as const;
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.putDeployment(row);
        });
        assert.deepEqual(await read(store, (transaction) => transaction.listDeployments()), [row]);
      }));

    test("a row is its values at the time of the call", () =>
      withStore(async (store) => {
        const spec = { models: ["one"] };
        await store.transaction(async (transaction) => {
          await transaction.putDeployment({ ...deployment("a"), spec });
          spec.models.push("two");
        });
        const row = await read(store, (transaction) => transaction.getDeployment("a"));
        assert.deepEqual(row?.spec, { models: ["one"] });
      }));

    test("a throw undoes everything that the transaction wrote", () =>
      withStore(async (store) => {
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

    test("transactions see each other's result, however many run at once", () =>
      withStore(async (store) => {
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

    test("a key is used once in a namespace", () =>
      withStore(async (store) => {
        const twin = { ...deployment("b"), key: deployment("a").key };
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.putDeployment({ ...twin, id: "c", namespace: "other" });
        });
        await assert.rejects(
          store.transaction((transaction) => transaction.putDeployment(twin)),
          StateConflictError,
        );
      }));

    test("nodes and attachments belong to a deployment and go with it", () =>
      withStore(async (store) => {
        const attachment = { id: "x", deploymentId: "a", host: "host", pid: 1, leaseExpiresAtMs: 5 };
        await assert.rejects(
          store.transaction((transaction) => transaction.putNode(node("n", "nobody"))),
          StateConflictError,
        );
        await assert.rejects(
          store.transaction((transaction) => transaction.putAttachment(attachment)),
          StateConflictError,
        );
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.putDeployment(deployment("b"));
          await transaction.putNode(node("n", "a"));
          await transaction.putNode(node("m", "b"));
          await transaction.putAttachment(attachment);
        });
        await store.transaction(async (transaction) => {
          assert.deepEqual(await transaction.getNode("n"), node("n", "a"));
          assert.deepEqual(await transaction.listNodes("a"), [node("n", "a")]);
          assert.deepEqual(await transaction.listAttachments("a"), [attachment]);
          assert.deepEqual(await transaction.listAttachments("b"), []);
          await transaction.removeDeployment("a");
        });
        await store.transaction(async (transaction) => {
          assert.equal(await transaction.getDeployment("a"), undefined);
          assert.equal(await transaction.getNode("n"), undefined);
          assert.deepEqual(await transaction.listAttachments("a"), []);
          assert.deepEqual(await transaction.listNodes("b"), [node("m", "b")]);
        });
      }));

    test("single rows are removed, and removing what is not there is fine", () =>
      withStore(async (store) => {
        const attachment = { id: "x", deploymentId: "a", host: "host", pid: 1, leaseExpiresAtMs: 5 };
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.putNode(node("n", "a"));
          await transaction.putAttachment(attachment);
          await transaction.putTombstone(tombstone("t"));
        });
        await store.transaction(async (transaction) => {
          for (let time = 0; time < 2; time++) {
            await transaction.removeNode("n");
            await transaction.removeAttachment("x");
            await transaction.removeTombstone("t");
            await transaction.removeDeployment("nobody");
          }
          assert.deepEqual(await transaction.listNodes("a"), []);
          assert.deepEqual(await transaction.listAttachments("a"), []);
          assert.deepEqual(await transaction.listTombstones(), []);
        });
      }));

    test("events are numbered and dated, and stay when their deployment goes", () =>
      withStore(async (store, clock) => {
        const event = { actor: "me", action: "node-create", outcome: "intent", deploymentId: "a" } as const;
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.appendEvent(event);
        });
        clock.nowMs = 2_000;
        await store.transaction(async (transaction) => {
          assert.equal(transaction.nowMs, 2_000);
          await transaction.appendEvent({ ...event, outcome: "done", detail: "up" });
          await transaction.appendEvent({ ...event, deploymentId: "b" });
          await transaction.removeDeployment("a");
        });
        const events = await read(store, (transaction) => transaction.listEvents("a"));
        assert.deepEqual(
          events.map(({ id: _, ...rest }) => rest),
          [
            { ...event, atMs: 1_000 },
            { ...event, atMs: 2_000, outcome: "done", detail: "up" },
          ],
        );
        const ids = (await read(store, (transaction) => transaction.listEvents())).map(({ id }) => id);
        assert.equal(ids.length, 3);
        assert.deepEqual(
          ids,
          [...new Set(ids)].sort((a, b) => a - b),
        );
      }));

    test("a transaction is of no use after its end", () =>
      withStore(async (store) => {
        const escaped = await store.transaction(async (transaction) => ({ transaction }));
        await assert.rejects(escaped.transaction.putDeployment(deployment("a")), StateStoreClosedError);
        assert.deepEqual(await read(store, (transaction) => transaction.listDeployments()), []);
      }));

    test("an aborted signal keeps a transaction from starting", () =>
      withStore(async (store) => {
        const reason = new Error("enough");
        await assert.rejects(
          store.transaction(() => assert.fail("ran"), { signal: AbortSignal.abort(reason) }),
          reason,
        );
      }));

    test("a closed store refuses further use, and closing it again is fine", () =>
      withStore(async (store) => {
        await store.close();
        await store.close();
        await assert.rejects(store.storeId(), StateStoreClosedError);
        await assert.rejects(
          store.transaction(async () => {}),
          StateStoreClosedError,
        );
      }));
  });
}

function read<T>(store: StateStore, body: (transaction: StateTransaction) => Promise<T>): Promise<T> {
  return store.transaction(body);
}

function deployment(id: string): DeploymentRow {
  return {
    id,
    namespace: "default",
    key: `key of ${id}`,
    runtime: "LM_LITE",
    type: "PROCESS",
    provider: "LOCAL",
    scope: "this machine",
    status: "DEPLOYING",
    spec: {},
    replicas: 1,
    endpointKey: "secret",
    keep: false,
    idleTimeoutSeconds: 0,
    plannedPriceMicroDollarsPerHour: 0,
    createdAtMs: 1,
    updatedAtMs: 1,
  };
}

function node(name: string, deploymentId: string): NodeRow {
  return { name, deploymentId, status: "PROVISIONING", createdAtMs: 1, updatedAtMs: 1 };
}

function tombstone(nodeName: string) {
  return { nodeName, provider: "LOCAL", scope: "here", reason: "lost", createdAtMs: 1 } as const;
}
