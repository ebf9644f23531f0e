import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Fault as StandInFault } from "../stand-in/fault.ts";
import { coreScenarios } from "./core-scenarios.ts";
import { CrashHarness } from "./crash-harness.ts";
import type { ProviderFault, ProviderKind } from "./provider-kind.ts";
import type { Scenario } from "./scenario.ts";
import { standInProviders } from "./stand-in-providers.ts";

/** What is different from test file to test file. */
export interface CrashTests<Stores extends AsyncDisposable, Fault extends ProviderFault> {
  /** Why there is no such store on this machine. */
  readonly skip?: string | false;
  /** @param folder - For what outlasts a case. */
  openStores(folder: string): Promise<Stores>;
  sweep(harness: CrashHarness<Fault>, scenario: Scenario, stores: Stores): Promise<void>;
}

/** Over the stand-in that needs no server. */
export function testCrashes<Stores extends AsyncDisposable>(
  what: string,
  tests: CrashTests<Stores, StandInFault>,
): void {
  testCrashesOver(async () => standInProviders, what, tests);
}

/** One test for each operation: whatever interrupts it, state and world are the same in the end. The counts are printed. */
export function testCrashesOver<Stores extends AsyncDisposable, Fault extends ProviderFault>(
  openProviders: () => Promise<ProviderKind<Fault>>,
  what: string,
  { skip = false, openStores, sweep }: CrashTests<Stores, Fault>,
): void {
  test(what, { skip }, async (context) => {
    const providers = await openProviders();
    await using harness = await CrashHarness.over(providers);
    await using stores = await openStores(harness.directory);
    for (const scenario of coreScenarios) {
      await context.test(scenario.name, async (each: TestContext) => {
        await using own = await CrashHarness.over(providers);
        await sweep(own, scenario, stores);
        each.diagnostic(`${what}, ${scenario.name}: ${own.tally.summary()}`);
        assert.deepEqual(own.tally.failed, []);
      });
    }
  });
}
