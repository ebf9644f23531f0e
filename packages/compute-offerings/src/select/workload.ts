import type { RuntimePlanningProfile } from "@conduit/types";
import type { ModelShape } from "../model/model-shape.ts";

/** A language model to find a place for. */
export interface PlannedModel {
  /** Name for people, such as the Hugging Face id. */
  readonly id: string;
  /** The parsed `config.json`, or what {@link parseModelConfig} made of it. */
  readonly config: unknown;
  /** Exact size of the checkpoint, `metadata.total_size` of its safetensors index, where it is known. */
  readonly safetensorsBytes?: number | undefined;
  /** Content of `hf_quant_config.json`, where older checkpoints of NVIDIA describe their quantisation. */
  readonly quantizationConfig?: unknown;
  /** Longest sequence in tokens, prompt and answer together; default 1024. */
  readonly maxModelLen?: number | undefined;
  /** Largest number of sequences that run at once; default 1. */
  readonly maxModelConcurrency?: number | undefined;
  /** Format to which the runtime brings the weights, such as `fp8`; default what the checkpoint holds. */
  readonly quantization?: string | undefined;
  /** Format of the KV cache; default what the checkpoint asks for. */
  readonly kvDtype?: string | undefined;
  /** Prompt that the time to the first token is told for; default half of `maxModelLen`. */
  readonly promptTokens?: number | undefined;
}

/** What has to run. */
export interface OfferingWorkload {
  readonly models: readonly PlannedModel[];
  /** What runs it; default {@link LM_LITE_PROFILE}. */
  readonly runtime?: RuntimePlanningProfile | undefined;
  /** Complete copies of the workload, each for `maxModelConcurrency` sequences of every model; default 1. */
  readonly replicas?: number | undefined;
}

/** A model of the workload, with all that is derived of it once. */
export interface Demand {
  readonly id: string;
  readonly maxModelLen: number;
  readonly maxModelConcurrency: number;
  readonly promptTokens: number;
  readonly kvDtype: string | undefined;
  /** With the weights in the format in which they run. */
  readonly shape: ModelShape;
}
