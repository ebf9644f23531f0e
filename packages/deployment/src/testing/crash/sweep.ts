import type { Interruption } from "../points/generation.ts";
import type { CrashHarness } from "./crash-harness.ts";
import { faultSets } from "./fault-sets.ts";
import type { Scenario } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";

const interruptions: readonly Interruption[] = ["kill", "fail", "suspend"];

/** Points after which a fault meets a suspended process again, whose cases are the longest. */
const SUSPENSION_DISTANCE = 8;

function inTurn(at: number, faultIndex: number): Interruption {
  if (faultIndex === 0 || (at + faultIndex) % SUSPENSION_DISTANCE === 0) return "suspend";
  return (at + faultIndex) % 2 === 0 ? "kill" : "fail";
}

/** Pictures that are known, for each way in which cases can differ that a picture does not show. */
export class KnownPictures {
  readonly #sets = new Map<string, Set<string>>();

  of(...differences: readonly (string | number)[]): Set<string> {
    const name = differences.join();
    const found = this.#sets.get(name) ?? new Set();
    this.#sets.set(name, found);
    return found;
  }
}

/**
 * Every point of an operation with every fault that it meets, interrupted in turns in each way and with each store; and without faults, every
 * point with every point of what comes next.
 */
export async function sweepPairs(
  harness: CrashHarness,
  scenario: Scenario,
  stores: readonly [StoreKind, ...StoreKind[]],
): Promise<void> {
  const [fastest] = stores;
  const known = new KnownPictures();
  for (const [index, faults] of faultSets.entries()) {
    if (faults.length > 0 && !(await harness.meets({ scenario, stores: fastest, faults }))) continue;
    await harness.everyPoint((at) => {
      const interruption = inTurn(at, index);
      return { scenario, stores: fastest, faults, interruption, known: known.of(index) };
    });
  }
  for (const store of stores) {
    await harness.everyPoint(() => ({
      scenario,
      stores: store,
      faults: [],
      interruption: "kill",
      known: known.of(store.name),
    }));
  }
  const pairs = { scenario, stores: fastest, faults: [], interruption: "kill" } as const;
  for (const task of ["recover", "operate"] as const) {
    await harness.everyPair(task, { ...pairs, known: known.of(task) });
  }
}

/** Every point with every interruption, every fault, every store and every point of what comes next, each case to its end. */
export async function sweepAll(
  harness: CrashHarness,
  scenario: Scenario,
  stores: readonly StoreKind[],
): Promise<void> {
  for (const store of stores) {
    for (const faults of faultSets) {
      for (const interruption of interruptions) {
        const spec = { scenario, stores: store, faults, interruption };
        await harness.everyPoint(() => spec);
        for (const task of ["recover", "operate"] as const) await harness.everyPair(task, spec);
      }
    }
  }
}
