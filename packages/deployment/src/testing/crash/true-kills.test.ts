import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { CrashHarness } from "./crash-harness.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { toyScenario } from "./toy-controller.ts";
import { killForReal } from "./true-kills.ts";

test("a real kill leaves what a simulated one does", async (context) => {
  await using harness = await CrashHarness.create();
  await using stores = await sqliteStores(join(harness.directory, "stores"));
  const { points, missed } = await killForReal(harness, toyScenario(), stores, { step: 2 });
  context.diagnostic(`${points} points`);
  assert.deepEqual(missed, []);
  assert.ok(points > 2);
});
