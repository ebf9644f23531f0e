import type { RuntimePlanningProfile } from "@conduit/types";
import { estimateVram } from "../estimate/estimate-vram.ts";
import type { VramEstimate } from "../estimate/vram-estimate.ts";
import type { Machine } from "./machine.ts";
import type { Demand } from "./workload.ts";

/** What the models of a workload take of devices; what was estimated for one device holds for all of its kind. */
export class ModelEstimates {
  declare readonly demands: readonly Demand[];
  declare readonly runtime: RuntimePlanningProfile;
  /** By device, then by model, tensor parallelism and number of models. */
  readonly #estimates = new Map<string, Map<number, VramEstimate>>();

  constructor(demands: readonly Demand[], runtime: RuntimePlanningProfile) {
    this.demands = demands;
    this.runtime = runtime;
  }

  /** Memory of one of `degree` devices, where `modelCount` models share each. */
  estimate(model: number, degree: number, machine: Machine, modelCount: number): VramEstimate {
    let known = this.#estimates.get(machine.deviceKey);
    if (known === undefined) {
      known = new Map();
      this.#estimates.set(machine.deviceKey, known);
    }
    const key = (model * 1024 + degree) * 1024 + modelCount;
    const found = known.get(key);
    if (found !== undefined) return found;
    const demand = this.demand(model);
    const estimate = estimateVram(demand.shape, {
      ...demand,
      tensorParallel: degree,
      runtime: this.runtime,
      architecture: machine.architecture,
      gpuMemoryBytes: machine.usableBytes,
      modelCount,
    });
    known.set(key, estimate);
    return estimate;
  }

  /** Numbers of GPUs over which a model divides: heads and key-value heads have to come out even. */
  degrees(model: number, machine: Machine, spanning: boolean): readonly number[] {
    const { attentionHeads, keyValueHeads } = this.demand(model).shape;
    const spanned = Math.min(machine.deviceCount, attentionHeads);
    const most = spanning && machine.architecture !== undefined ? spanned : 1;
    return Array.from({ length: most }, (_, index) => index + 1).filter(
      (degree) => attentionHeads % degree === 0 && keyValueHeads % degree === 0,
    );
  }

  /** What the runtime lets itself use of a device. */
  budgetBytes(machine: Machine): number {
    return Math.floor(machine.usableBytes * (this.runtime.memoryUtilization ?? 1));
  }

  /** What a device loses to the runtime, whichever models share it. */
  overheadBytes(modelCount: number, degree: number, machine: Machine): number {
    return this.estimate(0, degree, machine, modelCount).overheadBytes;
  }

  /** What a model takes of a device beside the runtime. */
  ownBytes(model: number, degree: number, machine: Machine): number {
    const { weightsBytes, kvCacheBytes, activationBytes } = this.estimate(model, degree, machine, 1);
    return weightsBytes + kvCacheBytes + activationBytes;
  }

  demand(model: number): Demand {
    return this.demands[model] as Demand;
  }
}
