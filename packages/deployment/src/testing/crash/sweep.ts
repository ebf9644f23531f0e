import type { Interruption } from "../points/generation.ts";
import type { CrashHarness } from "./crash-harness.ts";
import type { ProviderFault } from "./provider-kind.ts";
import type { Scenario } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";
import type { Which } from "./up-to.ts";

const interruptions: readonly Interruption[] = ["kill", "fail", "suspend"];

/** Distance of the points at which a fault meets an interruption; each fault begins at another, so that together they meet all. */
const FAULT_STEP = 15;

/** Pictures that are known, for each way in which cases can differ that a picture does not show. */
class KnownPictures {
  readonly #sets = new Map<string, Set<string>>();

  of(...differences: readonly (string | number)[]): Set<string> {
    const name = differences.join();
    const found = this.#sets.get(name) ?? new Set();
    this.#sets.set(name, found);
    return found;
  }
}

/** Some points of an operation at which its process is killed. */
export async function sweepPoints<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
  which: Which,
): Promise<void> {
  const known = new Set<string>();
  await harness.everyPoint(() => ({ scenario, stores, faults: [], interruption: "kill", known }), which);
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
  const known = new KnownPictures();
  for (const interruption of interruptions) {
    await harness.everyPoint(() => ({ scenario, stores, faults: [], interruption, known: known.of() }));
  }
  for (const [index, faults] of harness.providers.faultSets.entries()) {
    if (faults.length === 0 || !(await harness.meets({ scenario, stores, faults }))) continue;
    const specOf = (at: number) => {
      const interruption = interruptions[(at + index) % interruptions.length] ?? "kill";
      return { scenario, stores, faults, interruption, known: known.of(index) };
    };
    await harness.everyPoint(specOf, { first: 1 + (index % FAULT_STEP), step: FAULT_STEP });
  }
  const pairs = { scenario, stores, faults: [], interruption: "kill" } as const;
  await harness.everyPair("recover", { ...pairs, known: known.of("recover") });
}

/**
 * Every point of an operation with every interruption and every fault that it meets, and every point with every fault and every point of
 * what comes next. Unless `toTheEnd`, a case that gets to where another has been is followed no further.
 */
export async function sweepAll<Fault extends ProviderFault>(
  harness: CrashHarness<Fault>,
  scenario: Scenario,
  stores: StoreKind,
  { toTheEnd }: { readonly toTheEnd: boolean },
): Promise<void> {
  const known = new KnownPictures();
  for (const [index, faults] of harness.providers.faultSets.entries()) {
    if (faults.length > 0 && !(await harness.meets({ scenario, stores, faults }))) continue;
    const cases = { scenario, stores, faults };
    for (const interruption of interruptions) {
      const spec = { ...cases, interruption, ...(!toTheEnd && { known: known.of(index) }) };
      await harness.everyPoint(() => spec);
    }
    for (const task of ["recover", "operate"] as const) {
      // At another account it is another deployment, which waits there for whoever has the key.
      if (task === "operate" && faults.some(({ kind }) => kind === "account-changed")) continue;
      await harness.everyPair(task, { ...cases, interruption: "kill", known: known.of(index, task) });
    }
  }
}
