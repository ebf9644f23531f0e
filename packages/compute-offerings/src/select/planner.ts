import type { RuntimePlanningProfile } from "@conduit/types";
import { findLayout } from "./find-layout.ts";
import type { Layout, LayoutFreedom, LayoutWishes } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { ModelEstimates } from "./model-estimates.ts";
import type { Demand } from "./workload.ts";

/** What plans should be, beside that they fit. */
type PlannerWishes = Omit<LayoutWishes, "machines"> & { readonly numGpus?: number | undefined };

/** Finds how one workload lies on machines; what it finds for one machine holds for all of the same kind. */
export class Planner extends ModelEstimates {
  /** By all that decides how a workload lies. */
  readonly #layouts = new Map<string, Layout | undefined>();
  readonly #wishes: PlannerWishes;

  constructor(demands: readonly Demand[], runtime: RuntimePlanningProfile, wishes: PlannerWishes = {}) {
    super(demands, runtime);
    this.#wishes = wishes;
  }

  /** How the workload lies on machines; nothing where it does not fit. */
  layout(machine: Machine, freedom: LayoutFreedom): Layout | undefined {
    const { gpu, deviceKey, deviceCount, peerBytesPerSecond } = machine;
    const { spanning, singleDevice } = freedom;
    const key = [gpu?.name, deviceKey, deviceCount, peerBytesPerSecond, spanning, singleDevice].join();
    if (!this.#layouts.has(key)) {
      const { numGpus, ...wishes } = this.#wishes;
      const isWhole =
        numGpus !== undefined && machine.architecture !== undefined && numGpus % deviceCount === 0;
      const machines = isWhole ? numGpus / deviceCount : undefined;
      this.#layouts.set(key, findLayout(this, machine, freedom, { ...wishes, machines }));
    }
    return this.#layouts.get(key);
  }
}
