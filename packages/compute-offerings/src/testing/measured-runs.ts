import type { GpuArchitecture } from "@conduit/types";
import {
  deepseekV2LiteConfig,
  gemma3Config,
  gptOssLargeConfig,
  gptOssSmallConfig,
  llama3Config,
  llama31Config,
  llama31Large,
  mixtralConfig,
  qwen3ExpertsConfig,
  qwen3LargeConfig,
  qwen3SmallConfig,
  qwen25Config,
} from "./model-configs.ts";

/** What vLLM reported of a run, per GPU and in GiB; absent where it was not published. */
export interface MeasuredRun {
  readonly model: string;
  readonly config: object;
  readonly vllm: string;
  readonly gpus: number;
  /** Default Hopper. */
  readonly architecture?: GpuArchitecture;
  readonly maxModelLen?: number;
  readonly quantization?: string;
  readonly kvDtype?: string;
  readonly weightsGib?: number;
  readonly activationGib?: number;
  readonly nonTorchGib?: number;
  readonly kvGib?: number;
  readonly kvTokens?: number;
  readonly source: string;
  /** Why the run cannot be compared as a whole. */
  readonly notComparable?: string;
}

const BENCHMARK = "llm-d-benchmark config_explorer/empirical-vllm-memory-results.md@2593348";
const PLANNER = "llm-d-planner docs/accuracy/vllm-v0.19.0-accuracy-report.md@2d557dc";
const EMPIRICAL = "llm-d-planner docs/empirical-vllm-memory-results.md@e50305a";

/** On H100 80GB, Gemma on B200; first the ones that came with the task of the estimate, then the others of the same reports. */
export const MEASURED_RUNS: readonly MeasuredRun[] = [
  run("Llama-3.1-8B-Instruct", llama31Config, "0.19.0", 1, [14.99, 1.89, 0.25], PLANNER, {
    kvGib: 58.11,
    kvTokens: 476016,
  }),
  run("Llama-3.1-8B-Instruct", llama31Config, "0.19.0", 2, [7.51, 1.89, 2.07], PLANNER),
  run("Llama-3.1-8B-Instruct, KV in FP8", llama31Config, "0.19.0", 1, [14.99, 1.89, 0.25], PLANNER, {
    kvDtype: "fp8",
    kvGib: 58.11,
    kvTokens: 952032,
  }),
  run("gpt-oss-20b", gptOssSmallConfig, "0.11", 1, [13.47, 7.38, 0.13], EMPIRICAL, { kvGib: 50.28 }),
  run("gpt-oss-120b", gptOssLargeConfig, "0.11", 1, [64.38, 7.38, 0.13], EMPIRICAL, { kvGib: 3.33 }),
  run("Llama-3.3-70B-FP8-dynamic", llama31Large, "0.11", 1, [67.72, 4.84, 0.14], BENCHMARK, {
    quantization: "fp8",
  }),
  run("Qwen3-0.6B", qwen3SmallConfig, "0.11", 1, [1.12, 5.56, 0.13], EMPIRICAL, { kvGib: 64.45 }),
  run(
    "Meta-Llama-3-8B",
    llama3Config,
    "0.6.5dev",
    1,
    [14.96, 1.26, 1.79],
    "vllm-project/vllm pull request 10511",
    {
      maxModelLen: 8192,
      kvGib: 53.29,
    },
  ),
  run(
    "gemma-3-4b-it",
    gemma3Config,
    "0.10dev",
    1,
    [8.58, 9.96, 0.07],
    "vllm-project/vllm pull request 21489",
    {
      architecture: "BLACKWELL",
    },
  ),
  {
    model: "DeepSeek-V2-Lite-Chat",
    config: deepseekV2LiteConfig,
    vllm: "0.8.3dev",
    gpus: 1,
    kvGib: 0.95,
    kvTokens: 32768,
    source: "vllm-project/vllm issue 15871",
    notComparable: "only the KV cache was published",
  },
  run("Llama-3.1-8B-Instruct", llama31Config, "0.19.0", 4, [3.77, 1.89, 2.13], PLANNER),
  run(
    "Llama-3.1-8B-Instruct, FP8 by vLLM",
    llama31Config,
    "0.19.0",
    1,
    [8.49, undefined, undefined],
    PLANNER,
    {
      quantization: "fp8",
      notComparable: "only weights and KV cache were published",
    },
  ),
  run(
    "Llama-3.1-8B-Instruct in float32",
    llama31Config,
    "0.19.0",
    1,
    [29.98, undefined, undefined],
    PLANNER,
    {
      quantization: "float32",
      notComparable: "only weights and KV cache were published",
    },
  ),
  run("Qwen2.5-7B-Instruct", qwen25Config, "0.19.0", 1, [14.25, 2.21, 0.24], PLANNER, {
    kvGib: 58.53,
    kvTokens: 1096000,
  }),
  run("Qwen2.5-7B-Instruct", qwen25Config, "0.19.0", 2, [7.12, 2.21, 2.06], PLANNER),
  run("Qwen2.5-7B-Instruct", qwen25Config, "0.19.0", 4, [3.55, 2.21, 2.13], PLANNER),
  run("Qwen3-30B-A3B", qwen3ExpertsConfig, "0.19.0", 1, [undefined, 2.68, 0.27], PLANNER, {
    notComparable: "weights only as an error of the planner's",
  }),
  run("DeepSeek-V2-Lite-Chat", deepseekV2LiteConfig, "0.19.0", 1, [undefined, 1.93, 0.26], PLANNER, {
    notComparable: "weights only as an error of the planner's",
  }),
  run(
    "Mixtral-8x7B, on two GPUs at least",
    mixtralConfig,
    "0.19.0",
    2,
    [undefined, 1.21, undefined],
    PLANNER,
    {
      notComparable: "only activations were published",
    },
  ),
  run("gpt-oss-20b", gptOssSmallConfig, "0.19.0", 1, [undefined, 2.87, undefined], PLANNER, {
    notComparable: "only activations were published",
  }),
  run("Llama-3.3-70B-FP8-dynamic", llama31Large, "0.11", 2, [33.88, 4.84, 0.55], BENCHMARK, {
    quantization: "fp8",
    kvGib: 32,
  }),
  run("Llama-3.1-8B-Instruct", llama31Config, "0.11", 1, [14.99, 4.76, 0.13], BENCHMARK, { kvGib: 51.38 }),
  run("Qwen3-32B", qwen3LargeConfig, "0.11", 1, [61.03, 5.64, 0.14], BENCHMARK, { kvGib: 4.45 }),
];

function run(
  model: string,
  config: object,
  vllm: string,
  gpus: number,
  [weightsGib, activationGib, nonTorchGib]: readonly (number | undefined)[],
  source: string,
  rest: Partial<MeasuredRun> = {},
): MeasuredRun {
  return {
    model,
    config,
    vllm,
    gpus,
    source,
    ...(weightsGib === undefined ? {} : { weightsGib }),
    ...(activationGib === undefined ? {} : { activationGib }),
    ...(nonTorchGib === undefined ? {} : { nonTorchGib }),
    ...rest,
  };
}
