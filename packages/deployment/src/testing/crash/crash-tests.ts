import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { coreScenarios } from "./core-scenarios.ts";
import { CrashHarness } from "./crash-harness.ts";
import type { Scenario } from "./scenario.ts";

/** What is different from test file to test file. */
export interface CrashTests<Stores extends AsyncDisposable> {
  /** Why there is no such store on this machine. */
  readonly skip?: string | false;
  /** @param folder - For what outlasts a case. */
  openStores(folder: string): Promise<Stores>;
  sweep(harness: CrashHarness, scenario: Scenario, stores: Stores): Promise<void>;
}

/** One test for each operation: whatever interrupts it, state and world are the same in the end. The counts are printed. */
export function testCrashes<Stores extends AsyncDisposable>(
  what: string,
  { skip = false, openStores, sweep }: CrashTests<Stores>,
): void {
  test(what, { skip }, async (context) => {
    await using harness = await CrashHarness.create();
    await using stores = await openStores(harness.directory);
    for (const scenario of coreScenarios) {
      await context.test(scenario.name, async (each: TestContext) => {
        await using own = await CrashHarness.create();
        await sweep(own, scenario, stores);
        each.diagnostic(`${what}, ${scenario.name}: ${own.tally.summary()}`);
        assert.deepEqual(own.tally.failed, []);
      });
    }
  });
}
