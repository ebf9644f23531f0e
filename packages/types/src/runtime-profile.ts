import type { LmModelConfig } from "./lm-model-config.ts";
import type { GpuArchitecture, Runtime } from "./names.ts";
import type { WorkloadPort } from "./workload.ts";

/** What the memory overhead of a runtime depends on. */
export interface OverheadContext {
  readonly architecture?: GpuArchitecture | undefined;
  readonly tensorParallel: number;
  readonly modelCount: number;
}

/** What the peak of a model's activations depends on; one GPU's share is meant, and widths are whole. */
export interface ActivationContext {
  readonly architecture?: GpuArchitecture | undefined;
  /** Memory of one GPU that programs can use. */
  readonly gpuMemoryBytes?: number | undefined;
  readonly tensorParallel: number;
  /** Longest sequence in tokens. */
  readonly maxModelLen: number;
  /** Largest number of sequences that run at once. */
  readonly maxModelConcurrency: number;
  /** Bytes of one activation: 2, or 4 in float32. */
  readonly bytesPerValue: number;
  /** Format of the weights, such as `mxfp4`. */
  readonly dtype: string;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly vocabularySize: number;
  readonly activeExperts?: number | undefined;
  readonly expertIntermediateSize?: number | undefined;
  /** Tokens of the largest image; absent without a vision tower. */
  readonly imageTokens?: number | undefined;
}

/** To which multiples a runtime pads matrices in MXFP4. */
export interface Mxfp4Padding {
  /** Multiple of the model's hidden width. */
  readonly hidden: number;
  /** Multiple of the experts' width on one rank. */
  readonly intermediate: number;
  /** Multiple of the packed values of one row in bytes; scales are left as they are. */
  readonly rowBytes: number;
}

/** The part of a runtime that planning needs: what it runs, and what memory it takes beside weights and KV cache. */
export interface RuntimePlanningProfile {
  /** Name for people, such as `vLLM 0.19.0`. */
  readonly name?: string;
  /**
   * Share of the GPU's memory that weights, KV cache, activations and overhead together may take, from 0 to 1; default 1. What a
   * runtime takes outside this budget, such as CUDA graphs, comes out of the rest.
   */
  readonly memoryUtilization?: number;
  /** Tokens of a block of the KV cache; default 16. */
  readonly kvBlockTokens?: number;
  /** Bytes of the scale of each head's keys, and of its values, of each token in a KV cache of eight bits; absent means none. */
  readonly kvScaleBytes?: number;
  /** Bytes per GPU that are neither weights nor KV cache nor activations. */
  overheadBytes(context: OverheadContext): number;
  /** Peak bytes per GPU of activations; absent means that `overheadBytes` holds them. */
  activationBytes?(context: ActivationContext): number;
  /** How `activationBytes` and `overheadBytes` come about, in words for people. */
  readonly formulas?: { readonly activations: string; readonly overhead: string };
  /** Whether it keeps the tables of RoPE, and with MLA a second copy of the matrix that it folds, among the weights. */
  readonly derivedWeights?: { readonly rotaryTables: boolean; readonly absorbedMla: boolean };
  /** Padding of MXFP4 experts; absent means none. */
  mxfp4Padding?(architecture: GpuArchitecture | undefined): Mxfp4Padding;
  /** Oldest CUDA version, such as `13.0`, that the driver of NVIDIA's GPUs has to know; absent means any. */
  readonly minimumCudaVersion?: string;
  /** Whether the runtime runs weights of `dtype` (lower case, as in `config.json`) on this architecture; no architecture means the CPU. */
  supports(dtype: string, architecture: GpuArchitecture | undefined): boolean;
  /**
   * Whether the runtime keeps a KV cache in another format than the activations', where a user asks for it, or else the checkpoint
   * alone; absent means in any.
   */
  supportsKvDtype?(kvDtype: string, architecture: GpuArchitecture | undefined, isAskedFor?: boolean): boolean;
}

/** What planning and deploying need to know of a runtime. */
export interface RuntimeProfile<Model extends LmModelConfig = LmModelConfig> extends RuntimePlanningProfile {
  readonly runtime: Runtime;
  /** Container image with its tag or digest. */
  readonly image: string;
  readonly ports: readonly [WorkloadPort, ...WorkloadPort[]];
  /** Environment variables that make the runtime serve these models. */
  env(models: readonly Model[]): Record<string, string>;
}
