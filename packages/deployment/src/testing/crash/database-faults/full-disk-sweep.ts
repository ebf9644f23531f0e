import { StateStoreFullError } from "@conduit/state";
import type { CrashHarness } from "../crash-harness.ts";
import type { Scenario } from "../scenario.ts";
import type { StoreKind } from "../store-kind.ts";
import type { SmallDisk } from "./small-disk.ts";

export interface FullDiskSweep {
  readonly scenario: Scenario;
  readonly disk: SmallDisk;
  /** Stores on that disk. */
  readonly stores: StoreKind;
  /** Pages by which the room grows from case to case. */
  readonly step: number;
}

/**
 * Lets the disk of an operation's database be full from the beginning on, then somewhat later, until the operation finds the room that it
 * needs; when its process has ended there is room again. What the operation failed with and was not clear.
 */
export async function sweepFullDisk(
  harness: CrashHarness,
  { scenario, disk, stores, step }: FullDiskSweep,
): Promise<readonly string[]> {
  const unclear: string[] = [];
  for (let pages = 0; ; pages += step) {
    const { full, failure } = filled(scenario, disk, pages);
    await harness.run({
      scenario: full,
      stores,
      faults: [],
      interruption: "kill",
      at: Number.POSITIVE_INFINITY,
    });
    const error = failure();
    if (error === undefined) return unclear;
    if (!(error instanceof StateStoreFullError)) unclear.push(`${full.name}: ${error}`);
  }
}

/** The scenario, whose operation has little room when it is done for the first time, and what that fails with. */
function filled(scenario: Scenario, disk: SmallDisk, pages: number) {
  let isFirst = true;
  let failure: unknown;
  const full: Scenario = {
    ...scenario,
    name: `${scenario.name} with room for ${pages} pages`,
    async operate(tools) {
      if (isFirst) disk.fill(pages);
      try {
        await scenario.operate(tools);
      } catch (error) {
        if (isFirst) failure = error;
        throw error;
      } finally {
        isFirst = false;
        disk.empty();
      }
    },
  };
  return { full, failure: () => failure };
}
