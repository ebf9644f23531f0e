import type { ComputeOffering } from "@conduit/types";
import type { VramEstimate } from "../estimate/vram-estimate.ts";
import { sumOf } from "../sum-of.ts";
import { explainPlan } from "./explain-plan.ts";
import type { Layout, ModelSpeed } from "./layout.ts";
import type { Machine } from "./machine.ts";
import type { PlanJson, PlannedGpu, PlannedPlacement } from "./plan-json.ts";
import type { Planner } from "./planner.ts";

/** Memory of a model with the tensor parallelism that the plan gives it. */
export interface PlannedModelMemory {
  readonly id: string;
  readonly tensorParallel: number;
  readonly copies: number;
  /** Per GPU. */
  readonly estimate: VramEstimate;
}

/** What a plan is made of. */
export interface PlanParts {
  readonly offering: ComputeOffering;
  readonly machine: Machine;
  readonly layout: Layout;
  readonly nodeCount: number;
  readonly planner: Planner;
}

/** The workload on machines of one offering: what is rented, what lies where, what it costs and how fast it can be at the most. */
export class Plan {
  declare readonly offering: ComputeOffering;
  /** Machines to rent. */
  declare readonly nodeCount: number;
  /** Of the whole plan. */
  declare readonly priceMicroDollarsPerHour: number;
  readonly #parts: PlanParts;

  /** @internal Plans are made by `selectOffering`. */
  constructor(parts: PlanParts) {
    this.#parts = parts;
    this.offering = parts.offering;
    this.nodeCount = parts.nodeCount;
    this.priceMicroDollarsPerHour = parts.nodeCount * parts.offering.priceMicroDollarsPerHour;
  }

  /** GPUs of all machines. */
  get gpuCount(): number {
    return this.nodeCount * this.offering.gpuCount;
  }

  /** Complete copies of the workload that were asked for, or that the least speed takes. */
  get replicas(): number {
    return this.#parts.layout.replicas;
  }

  /** What programs find on all devices together. */
  get usableMemoryBytes(): number {
    const { machine } = this.#parts;
    return this.nodeCount * machine.deviceCount * machine.usableBytes;
  }

  /** What is free on the fullest GPU that the plan uses. */
  get headroomBytes(): number {
    return Math.min(...this.gpus.map((gpu) => gpu.budgetBytes - gpu.usedBytes));
  }

  /** Where every copy of every model lies. */
  get placements(): readonly PlannedPlacement[] {
    return this.#parts.layout.placed.map(({ item, machine, devices }) => ({
      id: this.#id(item.model),
      tensorParallel: item.degree,
      node: machine,
      gpus: devices,
      bytesPerGpu: item.bytes,
    }));
  }

  /** The GPUs that hold something; where there is no GPU, the machine's memory as one. */
  get gpus(): readonly PlannedGpu[] {
    const { machines, budgetBytes } = this.#parts.layout;
    return machines.flatMap((devices, node) =>
      devices.flatMap(({ items, usedBytes }, gpu) => {
        if (items.length === 0) return [];
        const models = items.map(({ model }) => this.#id(model));
        return [{ node, gpu, models, usedBytes, budgetBytes }];
      }),
    );
  }

  /** What each model takes per GPU, with the formulas. */
  get models(): readonly PlannedModelMemory[] {
    const { layout, planner, machine } = this.#parts;
    return planner.demands.map(({ id }, model) => {
      const own = layout.placed.filter(({ item }) => item.model === model);
      const tensorParallel = own[0]?.item.degree ?? 1;
      return {
        id,
        tensorParallel,
        copies: own.length,
        estimate: planner.estimate(model, tensorParallel, machine, 1),
      };
    });
  }

  /** Of every model at the most; absent where the catalogue does not know the GPU. */
  get speeds(): readonly ModelSpeed[] | undefined {
    return this.#parts.layout.speeds;
  }

  /**
   * Of all sequences together at the most, where each is as fast as the slowest: what models are asked for in proportion to their
   * sequences. A small model makes up for no large one by tokens of its own.
   */
  get tokensPerSecond(): number | undefined {
    const { planner, layout } = this.#parts;
    const sequences = sumOf(planner.demands, (demand) => demand.maxModelConcurrency);
    const slowest = layout.speeds?.map((speed) => speed.tokensPerSecondPerSequence);
    return slowest && layout.replicas * sequences * Math.min(...slowest);
  }

  /** At the least, for answers, with every sequence busy. */
  get microDollarsPerMillionTokens(): number | undefined {
    const { tokensPerSecond } = this;
    return tokensPerSecond && this.priceMicroDollarsPerHour / ((tokensPerSecond * 3600) / 1e6);
  }

  /** The plan as a table for people, or as data for programs. */
  explain(): string;
  explain(format: "text"): string;
  explain(format: "json"): PlanJson;
  explain(format: "text" | "json" = "text"): string | PlanJson {
    return format === "json" ? this.toJSON() : explainPlan(this.toJSON());
  }

  /** The plan as data. */
  toJSON(): PlanJson {
    const { offering, nodeCount, gpuCount, replicas, priceMicroDollarsPerHour } = this;
    const { usableMemoryBytes, headroomBytes, placements, gpus } = this;
    return {
      ...{ offering, nodeCount, gpuCount, replicas, priceMicroDollarsPerHour },
      ...{ usableMemoryBytes, headroomBytes, placements, gpus },
      models: this.models.map(({ estimate, ...model }) => {
        const { weightsBytes, kvCacheBytes, activationBytes, overheadBytes } = estimate;
        return { ...model, weightsBytes, kvCacheBytes, activationBytes, overheadBytes };
      }),
      tokensPerSecond: this.tokensPerSecond ?? null,
      microDollarsPerMillionTokens: this.microDollarsPerMillionTokens ?? null,
      speeds: this.speeds ?? null,
    };
  }

  #id(model: number): string {
    return this.#parts.planner.demand(model).id;
  }
}
