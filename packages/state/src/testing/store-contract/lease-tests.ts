import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LeaseRow, StateStore } from "@conduit/types";
import { read, type Stores } from "./stores.ts";

/** What a store promises of its leases. */
export function testLeases(stores: Stores): void {
  describe("a lease", () => {
    const durationMs = 100;
    const acquire = (store: StateStore, holder: string, namespace = "default") =>
      store.transaction((transaction) => transaction.acquireLease(namespace, holder, durationMs));
    const renew = (store: StateStore, lease: LeaseRow | undefined) =>
      store.transaction(async (transaction) => lease && transaction.renewLease(lease, durationMs));

    test("of a namespace is had by one holder at a time", () =>
      stores.withOne(async (store) => {
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
      stores.withTwo(async (one, other) => {
        const leases = await Promise.all(
          Array.from({ length: 20 }, (_, index) => acquire(index % 2 ? one : other, `holder ${index}`)),
        );
        assert.equal(leases.filter((lease) => lease !== undefined).length, 1);
      }));

    test("is renewed by its holder and nobody else", () =>
      stores.withOne(async (store, clock) => {
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
      stores.withOne(async (store, clock) => {
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
      stores.withOne(async (store, clock) => {
        const lease = await acquire(store, "one");
        clock.nowMs += 10 * durationMs;
        assert.deepEqual(await renew(store, lease), { ...lease, expiresAtMs: 2_100 });
      }));

    test("that is acquired again by its holder has a new fencing token", () =>
      stores.withOne(async (store) => {
        const lease = await acquire(store, "one");
        assert.equal((await acquire(store, "one"))?.fencingToken, 2);
        assert.equal(await renew(store, lease), undefined);
      }));

    test("that was given back is free at once, cannot be renewed, and its fencing token does not come again", () =>
      stores.withOne(async (store) => {
        const lease = await acquire(store, "one");
        assert(lease !== undefined);
        await store.transaction((transaction) => transaction.releaseLease(lease));
        assert.equal(await read(store, (transaction) => transaction.getLease("default")), undefined);
        assert.equal(await renew(store, lease), undefined);
        assert.equal((await acquire(store, "two"))?.fencingToken, 2);
      }));

    test("does not count when its transaction is undone", () =>
      stores.withOne(async (store) => {
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
}
