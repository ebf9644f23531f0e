import type { ComputeOffering } from "@conduit/types";
import type { ModelSpeed } from "./layout.ts";

/** Where one copy of a model lies. */
export interface PlannedPlacement {
  readonly id: string;
  readonly tensorParallel: number;
  /** Index of the machine, from 0. */
  readonly node: number;
  /** Indices of its GPUs on that machine. */
  readonly gpus: readonly number[];
  /** What the model takes of each of them, without what the runtime takes however many models there are. */
  readonly bytesPerGpu: number;
}

/** What lies on one GPU. */
export interface PlannedGpu {
  readonly node: number;
  readonly gpu: number;
  readonly models: readonly string[];
  /** Models and runtime together. */
  readonly usedBytes: number;
  /** What the runtime lets itself use of what programs find. */
  readonly budgetBytes: number;
}

/** A plan as data, for programs; see `Plan` for what the fields mean. */
export interface PlanJson {
  readonly offering: ComputeOffering;
  readonly nodeCount: number;
  readonly gpuCount: number;
  readonly replicas: number;
  readonly priceMicroDollarsPerHour: number;
  readonly usableMemoryBytes: number;
  readonly headroomBytes: number;
  readonly placements: readonly PlannedPlacement[];
  readonly gpus: readonly PlannedGpu[];
  readonly models: readonly {
    readonly id: string;
    readonly tensorParallel: number;
    readonly copies: number;
    readonly weightsBytes: number;
    readonly kvCacheBytes: number;
    readonly activationBytes: number;
    readonly overheadBytes: number;
  }[];
  readonly tokensPerSecond: number | null;
  readonly microDollarsPerMillionTokens: number | null;
  readonly speeds: readonly ModelSpeed[] | null;
}
