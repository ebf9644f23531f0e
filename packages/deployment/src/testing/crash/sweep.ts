import { Followed } from "./aftermath.ts";
import type { CrashHarness } from "./crash-harness.ts";
import type { ProviderFault } from "./provider-kind.ts";
import { FaultSweep, prepare } from "./saved-sweep.ts";
import type { Scenario } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";

/** Distance of the points at which something else than a kill meets a fault; each fault begins at another, so that together they meet all. */
const FAULT_STEP = 15;

/** Every point of an operation at which its process is killed. */
export async function sweepKills<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const origin = await prepare(harness, scenario, stores);
  const options = { harness, scenario, stores, faults: [], origin };
  await new FaultSweep(options, new Followed()).runKills();
}

/**
 * Every point of an operation with every interruption, and every point at which it is killed with every point at which the recovery is killed,
 * too; every point at which it is killed with each set of faults that it meets, and with something else than a kill in turns.
 */
export async function sweepPairs<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const origin = await prepare(harness, scenario, stores);
  const finished = new Set<string>();
  for (const [index, faults] of harness.providers.faultSets.entries()) {
    const options = { harness, scenario, stores, faults, origin };
    const sweep = new FaultSweep(options, new Followed(finished));
    if (faults.length === 0) await sweep.run(["recover"]);
    else {
      const other = index % 2 === 0 ? "fail" : "suspend";
      await sweep.runOnce(other, { first: 1 + (index % FAULT_STEP), step: FAULT_STEP });
    }
  }
}
