import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "./memory-state-store.ts";
import { testStateStore } from "./state-store.contract.ts";

testStateStore("MemoryStateStore", { open: async (clock) => new MemoryStateStore({ clock }) });

test("takes the UUID that it is given", async () => {
  const storeId = "01234567-89ab-4cde-8f01-23456789abcd";
  assert.equal(await new MemoryStateStore({ storeId }).storeId(), storeId);
});
