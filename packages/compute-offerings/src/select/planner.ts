import type { RuntimePlanningProfile } from "@conduit/types";
import { estimateVram } from "../estimate/estimate-vram.ts";
import type { VramEstimate } from "../estimate/vram-estimate.ts";
import { plainName } from "../model/quantization.ts";
import type { Layout, ModelSpeed } from "./layout.ts";
import { totalTokensPerSecond } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { modelSpeeds } from "./model-speeds.ts";
import { type PackItem, type PackSpace, packModels } from "./pack-models.ts";
import type { Demand } from "./workload.ts";

/** How a layout may look. */
export interface LayoutLimits {
  readonly replicas: number;
  /** Whether a model may span GPUs. */
  readonly spanning: boolean;
  /** Whether everything has to lie on one device. */
  readonly singleDevice: boolean;
}

/** What speeds should reach; layouts that do are better than those that do not. */
export interface SpeedGoals {
  readonly minTokensPerSecond?: number | undefined;
  readonly maxTimeToFirstTokenMs?: number | undefined;
}

/** What goals are set for. */
type Speed = Pick<ModelSpeed, "tokensPerSecond" | "timeToFirstTokenMs">;

/** Ways to give each model its number of GPUs, times replicas, that are all tried; of more, only those with one limit for all models. */
const MAX_COMBINATIONS = 1024;

/** Copies of a model up to which more are tried than were asked for; from 16 of each on, not every number of them. */
const MAX_COPIES = 128;

/** A layout that puts more copies on the same machines has to be this much faster to be worth its memory. */
const WORTHWHILE = 1.01;

/** Finds how one workload lies on machines; what it finds for one machine holds for all of the same kind. */
export class Planner {
  readonly demands: readonly Demand[];
  readonly runtime: RuntimePlanningProfile;
  /** By device, then by model, tensor parallelism and number of models. */
  readonly #estimates = new Map<string, Map<number, VramEstimate>>();

  /** Of models alone, by machine, model, tensor parallelism, replicas and copies. */
  readonly #speeds = new Map<string, Speed>();
  readonly #goals: SpeedGoals;

  constructor(demands: readonly Demand[], runtime: RuntimePlanningProfile, goals: SpeedGoals = {}) {
    this.demands = demands;
    this.runtime = runtime;
    this.#goals = goals;
  }

  /** The models whose format the runtime does not run on the machine. */
  unsupported(machine: Machine): readonly Demand[] {
    return this.demands.filter(({ shape }) => !this.runtime.supports(shape.dtype, machine.architecture));
  }

  /** The models for which a KV cache was asked in a format that the runtime does not keep on the machine. */
  unsupportedKv(machine: Machine): readonly Demand[] {
    return this.demands.filter(({ kvDtype, shape }) => {
      if (kvDtype === undefined || kvDtype === "auto" || plainName(kvDtype) === shape.activationDtype)
        return false;
      return this.runtime.supportsKvDtype?.(kvDtype, machine.architecture) === false;
    });
  }

  /** Memory of one of `degree` devices, where `modelCount` models share each. */
  estimate(model: number, degree: number, machine: Machine, modelCount: number): VramEstimate {
    const { architecture, usableBytes, deviceKey } = machine;
    let known = this.#estimates.get(deviceKey);
    if (known === undefined) {
      known = new Map();
      this.#estimates.set(deviceKey, known);
    }
    const key = (model * 1024 + degree) * 1024 + modelCount;
    const found = known.get(key);
    if (found !== undefined) return found;
    const { shape, maxModelLen, maxModelConcurrency, kvDtype } = this.#demand(model);
    const estimate = estimateVram(shape, {
      maxModelLen,
      maxModelConcurrency,
      kvDtype,
      tensorParallel: degree,
      runtime: this.runtime,
      architecture,
      gpuMemoryBytes: usableBytes,
      modelCount,
    });
    known.set(key, estimate);
    return estimate;
  }

  /** Numbers of GPUs over which a model divides: heads and key-value heads have to come out even. */
  degrees(model: number, machine: Machine, spanning: boolean): readonly number[] {
    const { attentionHeads, keyValueHeads } = this.#demand(model).shape;
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

  /**
   * The fastest layout of those that take the fewest machines on which every model reaches its tokens per second; nothing where the
   * workload does not fit. Where no number of machines does, models lie apart on as many as they can fill. Where the catalogue does
   * not know the devices, the layout that spans the fewest.
   */
  layout(machine: Machine, limits: LayoutLimits): Layout | undefined {
    let fewest = this.#search(machine, limits, 1);
    const most = limits.singleDevice ? 1 : limits.replicas * this.demands.length;
    if (fewest === undefined || !this.#isSlow(fewest) || fewest.machines.length >= most) return fewest;
    let widest = this.#search(machine, limits, most) ?? fewest;
    if (this.#isSlow(widest)) return widest;
    // More machines are no slower, so that the number at which they become fast enough is found by halving.
    while (widest.machines.length - fewest.machines.length > 1) {
      const half = Math.ceil((fewest.machines.length + widest.machines.length) / 2);
      const found = this.#search(machine, limits, half);
      if (found === undefined) break;
      if (this.#isSlow(found)) fewest = found;
      else widest = found;
    }
    return widest;
  }

  #search(machine: Machine, limits: LayoutLimits, minMachines: number): Layout | undefined {
    const { replicas, singleDevice } = limits;
    const space = this.#space(singleDevice ? { ...machine, deviceCount: 1 } : machine);
    const combinations = this.#combinations(machine, limits.spanning && !singleDevice, replicas);
    let best: Layout | undefined;
    for (const degrees of combinations) {
      let most = singleDevice ? 1 : best?.machines.length;
      if (best !== undefined && !this.#mayBeat(best, machine, degrees, replicas))
        most = best.machines.length - 1;
      best = this.#better(best, this.#packed(machine, degrees, replicas, replicas, space, most, minMachines));
    }
    if (best === undefined || singleDevice || best.speeds === undefined) return best;
    let fastest: Layout = best;
    // Devices that a plan rents anyway may hold further copies, among which the sequences divide. With several models only one number
    // of GPUs for all is tried: there are many ways, and none of them is needed.
    const alike = combinations.filter((degrees) => degrees.every((degree) => degree === degrees[0]));
    const { length } = best.machines;
    // A sequence runs on one copy, so that more copies than sequences are of no use.
    const sequences = replicas * Math.min(...this.demands.map((demand) => demand.maxModelConcurrency));
    const most = Math.min(length * machine.deviceCount, sequences, MAX_COPIES);
    for (let copies = 2 * replicas; copies <= most; copies += replicas * Math.ceil(copies / replicas / 16)) {
      const worthTrying = alike.filter((degrees) =>
        this.#mayBeat(fastest, machine, degrees, copies, WORTHWHILE),
      );
      const found = worthTrying.map((degrees) =>
        this.#packed(machine, degrees, replicas, copies, space, length, length),
      );
      if (found.length > 0 && found.every((layout) => layout === undefined)) break;
      for (const layout of found) fastest = this.#better(fastest, layout, WORTHWHILE);
    }
    return fastest;
  }

  #packed(
    machine: Machine,
    degrees: readonly number[],
    replicas: number,
    copies: number,
    space: PackSpace,
    maxMachines = Number.POSITIVE_INFINITY,
    minMachines = 1,
  ): Layout | undefined {
    const items = degrees.flatMap((degree, model) =>
      Array<PackItem>(copies).fill({ model, degree, bytes: this.ownBytes(model, degree, machine) }),
    );
    const packed = packModels(items, space, maxMachines, minMachines);
    if (packed === undefined) return undefined;
    const speeds = modelSpeeds(this, machine, packed.placed, replicas, copies);
    return { machines: packed.machines, replicas, placed: packed.placed, space, speeds };
  }

  #space(machine: Machine): PackSpace {
    return {
      deviceCount: machine.deviceCount,
      budgetBytes: this.budgetBytes(machine),
      overheadBytes: (items) =>
        this.overheadBytes(items.length, Math.max(...items.map(({ degree }) => degree)), machine),
    };
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

  /** For each model its number of GPUs, in all ways; small numbers first. */
  #combinations(machine: Machine, spanning: boolean, replicas: number): readonly (readonly number[])[] {
    const options = this.demands.map((_, model) => this.#fitting(model, machine, spanning));
    if (options.some((degrees) => degrees.length === 0)) return [];
    const count = options.reduce((product, degrees) => product * degrees.length, 1);
    if (count * replicas <= MAX_COMBINATIONS) {
      return options.reduce<readonly (readonly number[])[]>(
        (rows, degrees) => rows.flatMap((row) => degrees.map((degree) => [...row, degree])),
        [[]],
      );
    }
    const limits = [...new Set(options.flat())].sort((a, b) => a - b);
    return limits.map((limit) =>
      options.map((degrees) => degrees.findLast((degree) => degree <= limit) ?? degrees[0] ?? 1),
    );
  }

  /** The numbers of GPUs with which a model fits while it has them for itself. */
  #fitting(model: number, machine: Machine, spanning: boolean): readonly number[] {
    const budgetBytes = this.budgetBytes(machine);
    return this.degrees(model, machine, spanning).filter((degree) => {
      const own = this.ownBytes(model, degree, machine);
      return own <= budgetBytes - this.overheadBytes(1, degree, machine);
    });
  }

  #demand(model: number): Demand {
    return this.demands[model] as Demand;
  }

  /** Fewer machines first, then goals reached, then speed. */
  #better<Best extends Layout | undefined>(
    best: Best,
    layout: Layout | undefined,
    factor = 1,
  ): Best | Layout {
    if (best === undefined || layout === undefined) return layout ?? best;
    const worse =
      layout.machines.length - best.machines.length || this.#missedGoals(layout) - this.#missedGoals(best);
    const faster = (totalTokensPerSecond(layout) ?? 0) > factor * (totalTokensPerSecond(best) ?? 0);
    return worse < 0 || (worse === 0 && faster) ? layout : best;
  }

  /**
   * Whether a layout of so many copies on as many machines could be better. No copy is faster than alone, and devices work on one model
   * at a time, so that copies that take more devices than there are lose at least the share that is missing: of the slowest first.
   */
  #mayBeat(best: Layout, machine: Machine, degrees: readonly number[], copies: number, factor = 1): boolean {
    const alone = degrees.map((degree, model) => ({
      devices: copies * degree,
      ...this.#alone(model, degree, machine, best.replicas, copies),
    }));
    const missed = this.#missedGoals({ speeds: alone }) - this.#missedGoals(best);
    if (missed !== 0) return missed < 0;
    let free = best.machines.length * best.space.deviceCount;
    let total = 0;
    for (const { devices, tokensPerSecond } of alone.sort(
      (a, b) => b.tokensPerSecond / b.devices - a.tokensPerSecond / a.devices,
    )) {
      const used = Math.min(free, devices);
      total += (tokensPerSecond * used) / devices;
      free -= used;
    }
    return total > factor * (totalTokensPerSecond(best) ?? 0);
  }

  /** Speed of all copies of a model, if each had its devices for itself. */
  #alone(model: number, degree: number, machine: Machine, replicas: number, copies: number): Speed {
    const key = `${machine.key}|${model}|${degree}|${replicas}|${copies}`;
    let speed = this.#speeds.get(key);
    if (speed === undefined) {
      const placed = { item: { model, degree, bytes: 0 }, machine: 0, devices: [0] };
      const { tokensPerSecond = 0, timeToFirstTokenMs = 0 } =
        modelSpeeds(this, machine, [placed], replicas, copies)?.[model] ?? {};
      speed = { tokensPerSecond: copies * tokensPerSecond, timeToFirstTokenMs };
      this.#speeds.set(key, speed);
    }
    return speed;
  }

  #missedGoals(layout: { readonly speeds: readonly Speed[] | undefined }): number {
    const { maxTimeToFirstTokenMs = Number.POSITIVE_INFINITY } = this.#goals;
    const late = layout.speeds?.some(({ timeToFirstTokenMs }) => timeToFirstTokenMs > maxTimeToFirstTokenMs);
    return Number(this.#isSlow(layout)) + Number(late === true);
  }

  #isSlow({ speeds = [] }: { readonly speeds?: readonly Speed[] | undefined }): boolean {
    const { minTokensPerSecond = 0 } = this.#goals;
    return speeds.some(({ tokensPerSecond }) => tokensPerSecond < minTokensPerSecond * (1 - 1e-9));
  }
}
