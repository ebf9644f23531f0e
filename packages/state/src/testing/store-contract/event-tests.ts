import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventFilter } from "@conduit/types";
import { deployment } from "../rows.ts";
import { read, type Stores } from "./stores.ts";

/** What a store promises of its events. */
export function testEvents(stores: Stores): void {
  test("events are numbered and dated, and stay when their deployment goes", () =>
    stores.withOne(async (store, clock) => {
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
    stores.withOne(async (store) => {
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
        assert.deepEqual(await listed({ limit: 2, keep: "newest" }), [2, 3]);
        assert.deepEqual(await listed({ limit: 0, keep: "newest" }), []);
        assert.deepEqual(await listed({ keep: "newest", deploymentId: "a" }), [0, 2, 3]);
        assert.deepEqual(await listed({ keep: "newest", deploymentId: "a", limit: 2 }), [2, 3]);
        assert.deepEqual(await listed({ afterId: first }), [1, 2, 3]);
        assert.deepEqual(await listed({ afterId: first, deploymentId: "a", limit: 1 }), [2]);
        assert.deepEqual(await listed({ deploymentId: "a" }), [0, 2, 3]);
        assert.deepEqual(await listed({ afterId: ids[3] }), []);
      });
    }));
}
