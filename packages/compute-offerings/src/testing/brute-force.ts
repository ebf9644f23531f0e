import type { ComputeOffering, RuntimePlanningProfile } from "@conduit/types";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { estimateVram } from "../estimate/estimate-vram.ts";
import type { VramEstimate } from "../estimate/vram-estimate.ts";
import { parseModelConfig } from "../model/parse-model-config.ts";
import { type Machine, machineOf } from "../select/machine.ts";
import { decodeStep, promptStep } from "../select/roofline.ts";
import type { Demand, PlannedModel } from "../select/workload.ts";

/** What a placement may look like, and what it has to reach. */
export interface Freedom {
  readonly spanning: boolean;
  readonly singleDevice: boolean;
  readonly minTokensPerSecond?: number | undefined;
  readonly maxTimeToFirstTokenMs?: number | undefined;
}

/** The best of all placements. */
export interface BestPlacement {
  readonly machines: number;
  /** Steps of all models on the device on which they take longest together. */
  readonly roundSeconds: number;
}

interface Piece {
  readonly model: number;
  readonly degree: number;
}

/**
 * The fewest machines of an offering that hold the models and reach the speeds, found by trying every number of GPUs for every model and
 * every set of GPUs of every machine; undefined where there are none. Written without the selector's code but for the estimate, the
 * machine and the steps of the roofline.
 */
export function fewestMachines(
  models: readonly PlannedModel[],
  runtime: RuntimePlanningProfile,
  offering: ComputeOffering,
  freedom: Freedom,
): number | undefined {
  return new BruteForce(models, runtime, offering, freedom).search(true)?.machines;
}

/** The shortest round on the fewest machines. */
export function bestPlacement(
  models: readonly PlannedModel[],
  runtime: RuntimePlanningProfile,
  offering: ComputeOffering,
  freedom: Freedom,
): BestPlacement | undefined {
  return new BruteForce(models, runtime, offering, freedom).search(false);
}

class BruteForce {
  readonly #demands: readonly Demand[];
  readonly #runtime: RuntimePlanningProfile;
  readonly #machine: Machine;
  readonly #freedom: Freedom;
  readonly #usableBytes: number;
  readonly #estimates = new Map<string, VramEstimate>();
  readonly #steps = new Map<string, number>();

  constructor(
    models: readonly PlannedModel[],
    runtime: RuntimePlanningProfile,
    offering: ComputeOffering,
    freedom: Freedom,
  ) {
    const machine = machineOf(offering);
    if ("missing" in machine) throw new Error(machine.missing);
    this.#machine = machine;
    this.#runtime = runtime;
    this.#freedom = freedom;
    this.#usableBytes = GPUS[resolveGpu(offering.gpu ?? "") ?? "L4"].usableMemoryBytes;
    this.#demands = models.map(({ id, config, maxModelLen = 1024, maxModelConcurrency = 1 }) => {
      const promptTokens = Math.ceil(maxModelLen / 2);
      const shape = parseModelConfig(config);
      return { id, maxModelLen, maxModelConcurrency, promptTokens, kvDtype: undefined, shape };
    });
  }

  search(isFirstEnough: boolean): BestPlacement | undefined {
    const { singleDevice, spanning } = this.#freedom;
    const perMachine = singleDevice ? 1 : this.#machine.deviceCount;
    const most = singleDevice ? 1 : this.#demands.length;
    for (let machines = 1; machines <= most; machines += 1) {
      const devices = Array.from({ length: machines * perMachine }, () => [] as Piece[]);
      let shortest: number | undefined;
      const place = (model: number): void => {
        if (isFirstEnough && shortest !== undefined) return;
        if (model === this.#demands.length) {
          const rounds = devices.map((pieces) => this.#roundSeconds(pieces));
          const isFast = devices.every((pieces, device) =>
            pieces.every((piece) => this.#isFast(piece.model, rounds[device] ?? 0)),
          );
          if (isFast) shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, Math.max(...rounds));
          return;
        }
        for (let set = 1; set < 1 << perMachine; set += 1) {
          const degree = set.toString(2).replaceAll("0", "").length;
          if ((degree > 1 && (!spanning || singleDevice)) || !this.#divides(model, degree)) continue;
          for (let machine = 0; machine < machines; machine += 1) {
            const chosen = devices
              .slice(machine * perMachine, (machine + 1) * perMachine)
              .filter((_, index) => (set >> index) % 2 === 1);
            for (const device of chosen) device.push({ model, degree });
            if (chosen.every((pieces) => this.#fits(pieces))) place(model + 1);
            for (const device of chosen) device.pop();
          }
        }
      };
      place(0);
      if (shortest !== undefined) return { machines, roundSeconds: shortest };
    }
    return undefined;
  }

  /** Whether heads come out even, and the first token comes in time. */
  #divides(model: number, degree: number): boolean {
    const demand = this.#demand(model);
    const { attentionHeads, keyValueHeads } = demand.shape;
    if (attentionHeads % degree !== 0 || keyValueHeads % degree !== 0) return false;
    const { maxTimeToFirstTokenMs = Number.POSITIVE_INFINITY } = this.#freedom;
    return 1000 * (promptStep(demand, this.#machine, degree)?.seconds ?? 0) <= maxTimeToFirstTokenMs;
  }

  #fits(pieces: readonly Piece[]): boolean {
    const degree = Math.max(...pieces.map((piece) => piece.degree));
    const overheadBytes = Math.max(
      ...pieces.map(({ model }) => this.#estimate(model, degree, pieces.length).overheadBytes),
    );
    const usedBytes = pieces.reduce((sum, piece) => {
      const { weightsBytes, kvCacheBytes, activationBytes } = this.#estimate(piece.model, piece.degree, 1);
      return sum + weightsBytes + kvCacheBytes + activationBytes;
    }, overheadBytes);
    return usedBytes <= Math.floor(this.#usableBytes * (this.#runtime.memoryUtilization ?? 1));
  }

  #isFast(model: number, roundSeconds: number): boolean {
    const { minTokensPerSecond = 0 } = this.#freedom;
    return this.#demand(model).maxModelConcurrency / roundSeconds >= minTokensPerSecond * (1 - 1e-9);
  }

  #roundSeconds(pieces: readonly Piece[]): number {
    return pieces.reduce((sum, piece) => sum + this.#stepSeconds(piece), 0);
  }

  #stepSeconds({ model, degree }: Piece): number {
    const key = `${model}/${degree}`;
    const known = this.#steps.get(key);
    if (known !== undefined) return known;
    const demand = this.#demand(model);
    const estimate = this.#estimate(model, degree, 1);
    const step = decodeStep(demand, estimate, this.#machine, degree, demand.maxModelConcurrency);
    const seconds = step?.seconds ?? 0;
    this.#steps.set(key, seconds);
    return seconds;
  }

  #estimate(model: number, tensorParallel: number, modelCount: number): VramEstimate {
    const key = `${model}/${tensorParallel}/${modelCount}`;
    const known = this.#estimates.get(key);
    if (known !== undefined) return known;
    const { shape, maxModelLen, maxModelConcurrency } = this.#demand(model);
    const { architecture } = this.#machine;
    const estimate = estimateVram(shape, {
      ...{ maxModelLen, maxModelConcurrency, tensorParallel, modelCount, architecture },
      runtime: this.#runtime,
      gpuMemoryBytes: this.#usableBytes,
    });
    this.#estimates.set(key, estimate);
    return estimate;
  }

  #demand(model: number): Demand {
    return this.#demands[model] as Demand;
  }
}
