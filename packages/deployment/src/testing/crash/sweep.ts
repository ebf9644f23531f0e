import type { Interruption } from "../points/generation.ts";
import { Followed } from "./aftermath.ts";
import type { CrashHarness } from "./crash-harness.ts";
import type { ProviderFault } from "./provider-kind.ts";
import type { Scenario } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";
import type { Which } from "./up-to.ts";

const interruptions: readonly Interruption[] = ["kill", "fail", "suspend"];

/** Distance of the points at which a fault meets an interruption; each fault begins at another, so that together they meet all. */
const FAULT_STEP = 15;

/** Some points of an operation at which its process is killed. */
export async function sweepPoints<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
  which: Which,
): Promise<void> {
  const followed = new Followed();
  await harness.everyPoint(() => ({ scenario, stores, faults: [], interruption: "kill", followed }), which);
}

/**
 * Every point of an operation with every interruption, and with faults in turns; and every point at which it is killed with every point at
 * which the recovery is killed, too.
 */
export async function sweepPairs<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const faultless = { scenario, stores, faults: [], followed: new Followed() };
  for (const interruption of interruptions) {
    await harness.everyPoint(() => ({ ...faultless, interruption }));
  }
  for (const [index, faults] of harness.providers.faultSets.entries()) {
    if (faults.length === 0 || !(await harness.meets({ scenario, stores, faults }))) continue;
    const followed = new Followed(faultless.followed.finished);
    const specOf = (at: number) => {
      const interruption = interruptions[(at + index) % interruptions.length] ?? "kill";
      return { scenario, stores, faults, interruption, followed };
    };
    await harness.everyPoint(specOf, { first: 1 + (index % FAULT_STEP), step: FAULT_STEP });
  }
  await harness.everyPair("recover", { ...faultless, interruption: "kill" });
}
