import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { testStateStore } from "../testing/state-store-contract.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { MemoryStateStore } from "./memory-state-store.ts";

testStateStore("MemoryStateStore", {
  async makePlace() {
    const storeId = randomUUID();
    const database = new MemoryDatabase();
    return async (clock) => new MemoryStateStore({ storeId, clock }, database);
  },
});

test("takes the UUID that it is given", async () => {
  const storeId = "01234567-89ab-4cde-8f01-23456789abcd";
  assert.equal(await new MemoryStateStore({ storeId }).storeId(), storeId);
});
