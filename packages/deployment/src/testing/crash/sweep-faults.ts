import type { Interruption } from "../points/generation.ts";
import { Followed } from "./aftermath.ts";
import { CrashCase, type SavedCase, untilInterrupted } from "./crash-case.ts";
import type { CrashHarness } from "./crash-harness.ts";
import type { ProviderFault } from "./provider-kind.ts";
import { FaultSweep, prepare } from "./saved-sweep.ts";
import type { Scenario } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";

/** What other than a kill can happen at a point. */
const others = ["fail", "suspend"] as const;

/** Distance of the points at which something else than a kill happens; they are others for each set of faults. */
const OTHER_STEP = 9;

/**
 * Every point of an operation at which it is killed with every set of faults, whoever meets them; and some points at which something else
 * happens to it, with the faults that it meets itself. A case that gets to where another has been is followed no further.
 */
export async function sweepFaults<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const origin = await prepare(harness, scenario, stores);
  const finished = new Set<string>();
  for (const [index, faults] of harness.providers.faultSets.entries()) {
    const sweep = new FaultSweep({ harness, scenario, stores, faults, origin }, new Followed(finished));
    await sweep.runOnce(inTurns(others, index), { first: 1 + (index % OTHER_STEP), step: OTHER_STEP });
  }
}

/** A few of these cases. */
export interface FaultSample {
  /** Kinds that are taken in turns. */
  readonly stores: readonly StoreKind[];
  /** Number of the operation: each takes other faults, and has them at other points. */
  readonly turn: number;
  /** Distance of the sets of faults that an operation takes. */
  readonly step: number;
}

/** Some sets of faults, each at one point of an operation. */
export async function sampleFaults<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  { stores: kinds, turn, step }: FaultSample,
): Promise<void> {
  const stores = inTurns(kinds, Math.floor(turn / step));
  const origin = await prepare(harness, scenario, stores);
  const points = await countPoints(harness, scenario, stores, origin);
  const { faultSets } = harness.providers;
  for (let index = turn % step; index < faultSets.length; index += step) {
    const faults = faultSets[index] ?? [];
    const sweep = new FaultSweep({ harness, scenario, stores, faults, origin }, new Followed());
    const interruption = inTurns<Interruption>(["kill", "kill", ...others], Math.floor(index / step));
    await sweep.interrupt(
      interruption,
      1 + ((turn + Math.floor((points * index) / faultSets.length)) % points),
    );
  }
}

/** Number of points of an operation that nothing hinders. */
async function countPoints<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
  origin: SavedCase<Fault>,
): Promise<number> {
  await using crash = await CrashCase.create(harness.nextDirectory(), stores, harness.providers, origin);
  const run = await crash.start((tools) => scenario.operate(tools));
  await untilInterrupted(run);
  await crash.end(run);
  return run.generation.reached.length;
}

function inTurns<T>(all: readonly T[], turn: number): T {
  const one = all[turn % all.length];
  if (one === undefined) throw new Error("expected something to take in turns");
  return one;
}
