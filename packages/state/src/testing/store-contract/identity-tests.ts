import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stores } from "./stores.ts";

/** What a store promises of its UUID. */
export function testIdentity(stores: Stores): void {
  test("has a UUID that stays", () =>
    stores.withOne(async (store) => {
      const storeId = await store.storeId();
      assert.match(storeId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.equal(await store.storeId(), storeId);
    }));

  test("two stores have different UUIDs", () =>
    stores.withOne((one) =>
      stores.withOne(async (other) => assert.notEqual(await one.storeId(), await other.storeId())),
    ));

  test("two that have the same rows have one UUID", () =>
    stores.withTwo(async (one, other) => assert.equal(await one.storeId(), await other.storeId())));
}
