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

/** Every point of an operation at which its process is killed. */
export async function sweepPoints(
  harness: CrashHarness,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const known = new Set<string>();
  await harness.everyPoint(() => ({ scenario, stores, faults: [], interruption: "kill", known }));
}

/**
 * Every point of an operation with every fault that it meets, interrupted in turns in each way; and without faults, every point with every
 * point of what comes next.
 */
export async function sweepPairs(
  harness: CrashHarness,
  scenario: Scenario,
  stores: StoreKind,
): Promise<void> {
  const known = new KnownPictures();
  for (const [index, faults] of faultSets.entries()) {
    if (faults.length > 0 && !(await harness.meets({ scenario, stores, faults }))) continue;
    await harness.everyPoint((at) => {
      const interruption = inTurn(at, index);
      return { scenario, stores, faults, interruption, known: known.of(index) };
    });
  }
  const pairs = { scenario, stores, faults: [], interruption: "kill" } as const;
  for (const task of ["recover", "operate"] as const) {
    await harness.everyPair(task, { ...pairs, known: known.of(task) });
  }
}

/**
 * Every point of an operation with every interruption and every fault that it meets, and every point with every fault and every point of
 * what comes next. Unless `toTheEnd`, a case that gets to where another has been is followed no further.
 */
export async function sweepAll(
  harness: CrashHarness,
  scenario: Scenario,
  stores: StoreKind,
  { toTheEnd }: { readonly toTheEnd: boolean },
): Promise<void> {
  const known = new KnownPictures();
  for (const [index, faults] of faultSets.entries()) {
    if (faults.length > 0 && !(await harness.meets({ scenario, stores, faults }))) continue;
    const cases = { scenario, stores, faults };
    for (const interruption of interruptions) {
      const spec = { ...cases, interruption, ...(!toTheEnd && { known: known.of(index) }) };
      await harness.everyPoint(() => spec);
    }
    for (const task of ["recover", "operate"] as const) {
      await harness.everyPair(task, { ...cases, interruption: "kill", known: known.of(index, task) });
    }
  }
}
