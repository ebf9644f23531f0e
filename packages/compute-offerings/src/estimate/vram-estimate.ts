import type { GpuArchitecture, RuntimePlanningProfile } from "@conduit/types";

/** How a model is served, as far as memory depends on it. */
export interface EstimateVramOptions {
  /** Longest sequence in tokens, prompt and answer together. */
  readonly maxModelLen: number;
  /** Largest number of sequences that run at once. */
  readonly maxModelConcurrency: number;
  /** Format to which the runtime brings the weights, such as `fp8`; default what the checkpoint holds. */
  readonly quantization?: string | undefined;
  /** Format of the KV cache, such as `fp8`; default what the checkpoint asks for. */
  readonly kvDtype?: string | undefined;
  /** Number of GPUs that share the model; default 1. All figures are of one of them. */
  readonly tensorParallel?: number | undefined;
  /** Default {@link LM_LITE_PROFILE}. */
  readonly runtime?: RuntimePlanningProfile | undefined;
  /** GPU that it runs on; absent, the runtime's larger figures hold, and no format is refused. */
  readonly architecture?: GpuArchitecture | undefined;
  /** Memory of one GPU that programs can use. */
  readonly gpuMemoryBytes?: number | undefined;
  /** Models that share the process; default 1. */
  readonly modelCount?: number | undefined;
}

/** Memory that one GPU needs; each figure in bytes. */
export interface VramEstimate {
  readonly weightsBytes: number;
  /** For `maxModelConcurrency` sequences of `maxModelLen` tokens. */
  readonly kvCacheBytes: number;
  /** What one more token of a long sequence takes; layers whose window is full and constant states add nothing. */
  readonly kvBytesPerToken: number;
  /** What a decoding step of all sequences reads of the cache while their contexts are half full. */
  readonly kvReadBytes: number;
  readonly activationBytes: number;
  readonly overheadBytes: number;
  /** Sum of weights, KV cache, activations and overhead. */
  readonly totalBytes: number;
  readonly parameters: number;
  readonly activeParameters: number;
  /** One line per figure with the formula that gave it. */
  explain(): string;
}
