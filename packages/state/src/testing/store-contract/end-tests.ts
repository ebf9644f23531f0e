import assert from "node:assert/strict";
import { test } from "node:test";
import { StateStoreClosedError } from "../../state-error.ts";
import { failsWith } from "../fails-with.ts";
import { deployment } from "../rows.ts";
import type { Stores } from "./stores.ts";

/** What a store promises of signals, and of its end. */
export function testEnds(stores: Stores): void {
  test("an aborted signal keeps a transaction from starting", () =>
    stores.withOne(async (store) => {
      const reason = new Error("enough");
      await assert.rejects(
        store.transaction(() => assert.fail("ran"), { signal: AbortSignal.abort(reason) }),
        reason,
      );
    }));

  test("an aborted signal ends the wait for a turn, and what waits behind it goes on", () =>
    stores.withOne(async (store) => {
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
    stores.withOne(async (store) => {
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
    stores.withOne(async (store) => {
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
}
