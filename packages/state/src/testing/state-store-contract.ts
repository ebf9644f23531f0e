import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventFilter, LeaseRow, StateStore, StateTransaction } from "@conduit/types";
import { StateConflictError, StateStoreClosedError } from "../state-error.ts";
import { failsWith } from "./fails-with.ts";
import { attachmentOf, deployment, node, tombstone } from "./rows.ts";

/** Opens stores that have the same rows. */
export type OpenStore = (clock: () => number) => Promise<StateStore>;

export interface StateStoreTestOptions {
  /** Why the tests cannot run here. */
  readonly skip?: string | false | undefined;
  /** Makes a place without rows. */
  readonly makePlace: () => Promise<OpenStore>;
}

/** What every state store promises, as tests. */
export function testStateStore(name: string, { skip = false, makePlace }: StateStoreTestOptions): void {
  describe(name, { skip }, () => {
    async function withStore(body: (store: StateStore, clock: { nowMs: number }) => Promise<void>) {
      const clock = { nowMs: 1_000 };
      const open = await makePlace();
      await using store = await open(() => clock.nowMs);
      await body(store, clock);
    }

    /** Two that have the same rows, as two programs have them. */
    async function withTwoStores(body: (one: StateStore, other: StateStore) => Promise<void>) {
      const open = await makePlace();
      await using one = await open(() => 1_000);
      await using other = await open(() => 1_000);
      await body(one, other);
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

    test("two that have the same rows have one UUID", () =>
      withTwoStores(async (one, other) => assert.equal(await one.storeId(), await other.storeId())));

    test("two that have the same rows run their transactions one after another", () =>
      withTwoStores(async (one, other) => {
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

    test("rows come back as they were put, with all their fields and with the fewest", () =>
      withStore(async (store) => {
        const full = {
          deployment: {
            ...deployment("full"),
            imageDigest: "sha256:0",
            gpu: "L4",
            gpuCount: 8,
            status: "DEPLOYED",
            spec: { a: [1, 2.5, null, true, { b: "\u0000 \ud800 “ü”" }] },
            keep: true,
            maxLifetimeSeconds: 3_600,
            plannedPriceMicroDollarsPerHour: 2 ** 40,
            actualPriceMicroDollarsPerHour: 2 ** 41,
            scaling: { min: 0, max: 8, targetOutstanding: 2.5 },
            lowLoadSinceMs: 6,
            spentMicroDollars: 2 ** 42,
            failures: 2,
            lastError: "it burnt",
            createdAtMs: 2_000_000_000_000,
          },
          node: {
            ...node("full", "full"),
            status: "FAILED",
            externalId: "id",
            baseUrl: "http://127.0.0.1:1",
            portMap: { http: 8000, metrics: 9000 },
            attempts: 3,
            actualPriceMicroDollarsPerHour: 0,
            creatorId: "x",
            offeringId: "L4 in oslo",
            plannedPriceMicroDollarsPerHour: 390_000,
            billedSinceMs: 3,
            missingSinceMs: 4,
            lastError: "",
          },
        } as const;
        await store.transaction(async (transaction) => {
          await transaction.putDeployment({ ...deployment("a"), gpu: undefined });
          await transaction.putDeployment(full.deployment);
          await transaction.putNode(full.node);
          await transaction.putNode(node("a", "full"));
        });
        await store.transaction(async (transaction) => {
          const { gpu, ...row } = (await transaction.getDeployment("a")) ?? {};
          assert.equal(gpu, undefined);
          assert.deepEqual(row, deployment("a"));
          assert.deepEqual(await transaction.getDeployment("full"), full.deployment);
          assert.deepEqual(await transaction.listNodes("full"), [node("a", "full"), full.node]);
        });
      }));

    test("fields of a row that is put again may go", () =>
      withStore(async (store) => {
        await store.transaction(async (transaction) => {
          await transaction.putDeployment({ ...deployment("a"), gpu: "L4", keep: true });
          await transaction.putDeployment(deployment("a"));
          await transaction.putNode({ ...node("n", "a"), externalId: "id", lastError: "no" });
          await transaction.putNode(node("n", "a"));
        });
        await store.transaction(async (transaction) => {
          assert.deepEqual(await transaction.getDeployment("a"), deployment("a"));
          assert.deepEqual(await transaction.getNode("n"), node("n", "a"));
        });
      }));

    test("a deployment that is put again keeps its nodes", () =>
      withStore(async (store) => {
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.putNode(node("n", "a"));
          await transaction.putDeployment({ ...deployment("a"), status: "STOPPED" });
          assert.deepEqual(await transaction.listNodes("a"), [node("n", "a")]);
        });
      }));

    test("lists begin with the oldest, by code point among equals", () =>
      withStore(async (store) => {
        await store.transaction(async (transaction) => {
          for (const id of ["b", "a-c", "B", "ab"]) await transaction.putDeployment(deployment(id));
          await transaction.putDeployment({ ...deployment("old"), createdAtMs: 0 });
          for (const name of ["b", "a-c", "B", "ab"]) {
            await transaction.putNode(node(name, "b"));
            await transaction.putTombstone(tombstone(name));
          }
          await transaction.putNode({ ...node("old", "b"), createdAtMs: 0 });
          const sorted = ["B", "a-c", "ab", "b"];
          const deployments = await transaction.listDeployments("default");
          assert.deepEqual(
            deployments.map(({ id }) => id),
            ["old", ...sorted],
          );
          const nodes = await transaction.listNodes("b");
          assert.deepEqual(
            nodes.map(({ name }) => name),
            ["old", ...sorted],
          );
          const tombstones = await transaction.listTombstones();
          assert.deepEqual(
            tombstones.map(({ nodeName }) => nodeName),
            sorted,
          );
        });
      }));

    test("the end of a log is kept, whatever is in it", () =>
      withStore(async (store) => {
        const text = "panic\0\ud800 'ü' 💥";
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await transaction.putNode({ ...node("n", "a"), lastError: text });
          await transaction.putTombstone({ ...tombstone("t"), reason: text });
          await transaction.appendEvent({
            actor: "me",
            action: "node-fail",
            outcome: "failed",
            detail: text,
          });
        });
        const kept = "panic\ufffd\ufffd 'ü' 💥";
        await store.transaction(async (transaction) => {
          assert.equal((await transaction.getNode("n"))?.lastError, kept);
          assert.deepEqual(await transaction.listTombstones(), [{ ...tombstone("t"), reason: kept }]);
          assert.equal((await transaction.listEvents())[0]?.detail, kept);
        });
      }));

    test("what a transaction does without awaiting is done in order, and before it ends", () =>
      withStore(async (store) => {
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
          failsWith(
            StateConflictError,
            'expected at most one deployment of key key of a in namespace "default", but found a beside b',
          ),
        );
      }));

    test("nodes and attachments belong to a deployment and go with it", () =>
      withStore(async (store) => {
        const attachment = attachmentOf("x", "a");
        await assert.rejects(
          store.transaction((transaction) => transaction.putNode(node("n", "nobody"))),
          failsWith(
            StateConflictError,
            "expected node n to belong to a deployment, but there is none with id nobody",
          ),
        );
        await assert.rejects(
          store.transaction((transaction) => transaction.putAttachment(attachment)),
          failsWith(
            StateConflictError,
            "expected attachment x to belong to a deployment, but there is none with id a",
          ),
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
        const attachment = attachmentOf("x", "a");
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
        const events = await read(store, (transaction) => transaction.listEvents({ deploymentId: "a" }));
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

    test("events are listed from where one stopped, and no more than asked for", () =>
      withStore(async (store) => {
        await store.transaction(async (transaction) => {
          for (const deploymentId of ["a", "b", "a", "a"])
            await transaction.appendEvent({ actor: "me", action: "x-y", outcome: "done", deploymentId });
        });
        await store.transaction(async (transaction) => {
          const ids = (await transaction.listEvents()).map(({ id }) => id);
          const [first = 0] = ids;
          const listed = async (filter: EventFilter) =>
            (await transaction.listEvents(filter)).map(({ id }) => ids.indexOf(id));
          assert.deepEqual(await listed({ limit: 2 }), [0, 1]);
          assert.deepEqual(await listed({ afterId: first }), [1, 2, 3]);
          assert.deepEqual(await listed({ afterId: first, deploymentId: "a", limit: 1 }), [2]);
          assert.deepEqual(await listed({ deploymentId: "a" }), [0, 2, 3]);
          assert.deepEqual(await listed({ afterId: ids[3] }), []);
        });
      }));

    describe("a lease", () => {
      const durationMs = 100;
      const acquire = (store: StateStore, holder: string, namespace = "default") =>
        store.transaction((transaction) => transaction.acquireLease(namespace, holder, durationMs));
      const renew = (store: StateStore, lease: LeaseRow | undefined) =>
        store.transaction(async (transaction) => lease && transaction.renewLease(lease, durationMs));

      test("of a namespace is had by one holder at a time", () =>
        withStore(async (store) => {
          const lease = { namespace: "default", holder: "one", fencingToken: 1, expiresAtMs: 1_100 };
          assert.equal(await read(store, (transaction) => transaction.getLease("default")), undefined);
          assert.deepEqual(await acquire(store, "one"), lease);
          assert.equal(await acquire(store, "two"), undefined);
          assert.deepEqual(await read(store, (transaction) => transaction.getLease("default")), lease);
          assert.deepEqual(await acquire(store, "two", "other"), {
            ...lease,
            namespace: "other",
            holder: "two",
          });
        }));

      test("goes to one of many who ask at once", () =>
        withTwoStores(async (one, other) => {
          const leases = await Promise.all(
            Array.from({ length: 20 }, (_, index) => acquire(index % 2 ? one : other, `holder ${index}`)),
          );
          assert.equal(leases.filter((lease) => lease !== undefined).length, 1);
        }));

      test("is renewed by its holder and nobody else", () =>
        withStore(async (store, clock) => {
          const lease = await acquire(store, "one");
          assert(lease !== undefined);
          clock.nowMs += 60;
          assert.deepEqual(await renew(store, lease), { ...lease, expiresAtMs: 1_160 });
          assert.equal(await renew(store, { ...lease, fencingToken: 2 }), undefined);
          assert.equal(await renew(store, { ...lease, namespace: "other" }), undefined);
          clock.nowMs += 60;
          assert.equal(await acquire(store, "two"), undefined);
        }));

      test("that has run out goes to another, with a higher fencing token, and is lost to who was suspended", () =>
        withStore(async (store, clock) => {
          const suspended = await acquire(store, "one");
          clock.nowMs += durationMs;
          const taken = await acquire(store, "two");
          assert.deepEqual(taken, {
            namespace: "default",
            holder: "two",
            fencingToken: 2,
            expiresAtMs: 1_200,
          });
          assert.equal(await renew(store, suspended), undefined);
          await store.transaction(async (transaction) => suspended && transaction.releaseLease(suspended));
          assert.deepEqual(await read(store, (transaction) => transaction.getLease("default")), taken);
        }));

      test("that has run out, and that nobody has taken, can be renewed", () =>
        withStore(async (store, clock) => {
          const lease = await acquire(store, "one");
          clock.nowMs += 10 * durationMs;
          assert.deepEqual(await renew(store, lease), { ...lease, expiresAtMs: 2_100 });
        }));

      test("that is acquired again by its holder has a new fencing token", () =>
        withStore(async (store) => {
          const lease = await acquire(store, "one");
          assert.equal((await acquire(store, "one"))?.fencingToken, 2);
          assert.equal(await renew(store, lease), undefined);
        }));

      test("that was given back is free at once, cannot be renewed, and its fencing token does not come again", () =>
        withStore(async (store) => {
          const lease = await acquire(store, "one");
          assert(lease !== undefined);
          await store.transaction((transaction) => transaction.releaseLease(lease));
          assert.equal(await read(store, (transaction) => transaction.getLease("default")), undefined);
          assert.equal(await renew(store, lease), undefined);
          assert.equal((await acquire(store, "two"))?.fencingToken, 2);
        }));

      test("does not count when its transaction is undone", () =>
        withStore(async (store) => {
          const failure = new Error("changed my mind");
          await assert.rejects(
            store.transaction(async (transaction) => {
              await transaction.acquireLease("default", "one", durationMs);
              throw failure;
            }),
            failure,
          );
          assert.equal((await acquire(store, "two"))?.fencingToken, 1);
        }));
    });

    test("a conflict leaves the transaction usable", () =>
      withStore(async (store) => {
        await store.transaction(async (transaction) => {
          await transaction.putDeployment(deployment("a"));
          await assert.rejects(transaction.putNode(node("n", "nobody")), StateConflictError);
          await transaction.putNode(node("n", "a"));
        });
        assert.deepEqual(await read(store, (transaction) => transaction.listNodes("a")), [node("n", "a")]);
      }));

    test("a transaction is of no use after its end", () =>
      withStore(async (store) => {
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

    test("an aborted signal keeps a transaction from starting", () =>
      withStore(async (store) => {
        const reason = new Error("enough");
        await assert.rejects(
          store.transaction(() => assert.fail("ran"), { signal: AbortSignal.abort(reason) }),
          reason,
        );
      }));

    test("an aborted signal ends the wait for a turn, and what waits behind it goes on", () =>
      withStore(async (store) => {
        const { promise: gate, resolve: open } = Promise.withResolvers<void>();
        const first = store.transaction(() => gate);
        const controller = new AbortController();
        const second = store.transaction(() => assert.fail("ran"), { signal: controller.signal });
        const third = store.transaction(async () => "ran");
        const reason = new Error("enough");
        controller.abort(reason);
        await assert.rejects(second, reason);
        open();
        await first;
        assert.equal(await third, "ran");
      }));

    test("closing lets a transaction under way end, and refuses those that wait", () =>
      withStore(async (store) => {
        const { promise: gate, resolve: open } = Promise.withResolvers<void>();
        const { promise: began, resolve: begin } = Promise.withResolvers<void>();
        const first = store.transaction(async (transaction) => {
          begin();
          await gate;
          await transaction.putDeployment(deployment("a"));
          return transaction.getDeployment("a");
        });
        const second = store.transaction(async () => {});
        const refused = assert.rejects(second, StateStoreClosedError);
        await began;
        const closed = store.close();
        open();
        assert.deepEqual(await first, deployment("a"));
        await Promise.all([closed, refused]);
      }));

    test("a closed store refuses further use, and closing it again is fine", () =>
      withStore(async (store) => {
        await store.close();
        await store.close();
        await assert.rejects(
          store.storeId(),
          failsWith(StateStoreClosedError, "expected an open state store, but it was closed; open another"),
        );
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
