import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStateStore } from "@conduit/state";
import { toyDeployment } from "./toy-rows.ts";
import { watchWrites } from "./watch-writes.ts";

test("transactions that change rows are told of once they are over, and others are not", async () => {
  let written = 0;
  const store = watchWrites(new MemoryStateStore(), () => written++);
  const during: number[] = [];
  await store.transaction(async (transaction) => {
    await transaction.putDeployment(toyDeployment(transaction.nowMs));
    during.push(written);
  });
  await store.transaction((transaction) => transaction.listDeployments());
  await store.transaction((transaction) => transaction.acquireLease("default", "somebody", 1_000));
  assert.deepEqual([during, written], [[0], 1]);
});
