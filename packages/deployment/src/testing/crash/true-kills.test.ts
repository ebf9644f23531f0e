import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { CrashHarness } from "./crash-harness.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { toyScenario } from "./toy-controller.ts";
import { killBothWays } from "./true-kills.ts";

test("a simulated kill leaves what a real one does", async (context) => {
  await using harness = await CrashHarness.create();
  await using stores = await sqliteStores(join(harness.directory, "stores"));
  let points = 0;
  for await (const { at, real, simulated } of killBothWays(harness, toyScenario(), stores, { step: 4 })) {
    assert.equal(simulated, real, `point ${at}`);
    points = at;
  }
  context.diagnostic(`points up to ${points}`);
  assert.ok(points > 10);
});
