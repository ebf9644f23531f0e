import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coreScenarios } from "./testing/crash/core-scenarios.ts";
import { CrashHarness } from "./testing/crash/crash-harness.ts";
import { memoryStores } from "./testing/crash/store-kind.ts";
import { sweepPairs } from "./testing/crash/sweep.ts";

describe("whatever interrupts it: nothing runs that is not in the state, and nothing is in the state that does not run", () => {
  for (const scenario of coreScenarios) {
    test(scenario.name, async (context) => {
      await using harness = await CrashHarness.create();
      await using memory = memoryStores();
      await sweepPairs(harness, scenario, [memory]);
      context.diagnostic(`${scenario.name}: ${harness.tally.summary()}`);
      assert.deepEqual(harness.tally.failed, []);
    });
  }
});
