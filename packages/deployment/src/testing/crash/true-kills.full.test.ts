import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { coreScenarios } from "./core-scenarios.ts";
import { CrashHarness } from "./crash-harness.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { killForReal } from "./true-kills.ts";

describe("a real kill leaves what a simulated one does, at every point", {
  concurrency: availableParallelism(),
}, () => {
  for (const scenario of coreScenarios) {
    test(scenario.name, async (context) => {
      await using harness = await CrashHarness.create();
      await using stores = await sqliteStores(join(harness.directory, "stores"));
      const { points, missed } = await killForReal(harness, scenario, stores, { step: 1 });
      context.diagnostic(`${scenario.name}: ${points} points`);
      assert.deepEqual(missed, []);
    });
  }
});
