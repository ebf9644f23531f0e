import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { coreScenarios } from "./core-scenarios.ts";
import { CrashHarness } from "./crash-harness.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { killBothWays } from "./true-kills.ts";

for (const scenario of coreScenarios) {
  test(`a simulated kill leaves what a real one does, at every point: ${scenario.name}`, async (context) => {
    await using harness = await CrashHarness.create();
    await using stores = await sqliteStores(join(harness.directory, "stores"));
    let points = 0;
    for await (const { at, real, simulated } of killBothWays(harness, scenario, stores, { step: 1 })) {
      assert.equal(simulated, real, `point ${at}`);
      points = at;
    }
    context.diagnostic(`${scenario.name}: ${points} points`);
  });
}
