/** What a published number of parameters counts. */
export type Counted = "all" | "language model";

/** A size that a model's publisher, or the Hub's count of its tensors, states. */
export interface PublishedSize {
  readonly models: readonly string[];
  readonly billions: number;
  readonly counted: Counted;
  readonly source: string;
}

/** Models whose published size cannot be held to 1 %. */
export interface RoundedSize {
  readonly models: readonly string[];
  readonly published: string;
  readonly reason: string;
}

export const PUBLISHED_SIZES: readonly PublishedSize[] = [
  all(
    230,
    "model card",
    "MiniMaxAI/MiniMax-M2.5",
    "MiniMaxAI/MiniMax-M2.7",
    "nvidia/MiniMax-M2.5-NVFP4",
    "nvidia/MiniMax-M2.7-NVFP4",
  ),
  all(428, "model card", "MiniMaxAI/MiniMax-M3"),
  all(7.61, "model card", "Qwen/Qwen2.5-7B-Instruct"),
  all(0.6, "model card", "Qwen/Qwen3-0.6B"),
  all(235, "model card", "Qwen/Qwen3-235B-A22B-FP8", "nvidia/Qwen3-235B-A22B-NVFP4"),
  all(30.5, "model card", "Qwen/Qwen3-30B-A3B"),
  all(32.8, "model card", "Qwen/Qwen3-32B", "Qwen/Qwen3-32B-FP8", "Qwen/Qwen3-32B-FP8-Static-PerTensor"),
  all(480, "model card", "Qwen/Qwen3-Coder-480B-A35B-Instruct"),
  text(235, "model card of Qwen3-235B-A22B, the text model", "Qwen/Qwen3-VL-235B-A22B-Instruct"),
  text(30.5, "model card of Qwen3-30B-A3B, the text model", "Qwen/Qwen3-VL-30B-A3B-Instruct"),
  text(
    32.8,
    "model card of Qwen3-32B, the text model",
    "Qwen/Qwen3-VL-32B-Instruct",
    "Qwen/Qwen3-VL-32B-Thinking",
  ),
  text(4.0, "model card of Qwen3-4B, the text model", "Qwen/Qwen3-VL-4B-Instruct"),
  text(8.2, "model card of Qwen3-8B, the text model", "Qwen/Qwen3-VL-8B-Instruct"),
  text(122, "model card", "Qwen/Qwen3.5-122B-A10B", "nvidia/Qwen3.5-122B-A10B-NVFP4"),
  text(27, "model card", "Qwen/Qwen3.5-27B", "nvidia/Qwen3.6-27B-NVFP4"),
  text(35, "model card", "Qwen/Qwen3.5-35B-A3B", "nvidia/Qwen3.6-35B-A3B-NVFP4"),
  text(397, "model card", "Qwen/Qwen3.5-397B-A17B", "nvidia/Qwen3.5-397B-A17B-NVFP4"),
  all(309, "model card", "XiaomiMiMo/MiMo-V2-Flash"),
  all(
    671,
    "model card, without the 14B of multi-token prediction",
    "deepseek-ai/DeepSeek-R1",
    "deepseek-ai/DeepSeek-V3",
    "nvidia/DeepSeek-V3.2-NVFP4",
  ),
  all(
    284,
    "model card",
    "deepseek-ai/DeepSeek-V4-Flash",
    "nvidia/DeepSeek-V4-Flash-NVFP4",
    "sgl-project/DeepSeek-V4-Flash-FP8",
  ),
  text(25.2, "model card", "google/gemma-4-26B-A4B", "nvidia/Gemma-4-26B-A4B-NVFP4"),
  text(30.7, "model card", "nvidia/Gemma-4-31B-IT-NVFP4"),
  all(400, "model card", "meta-llama/Llama-4-Maverick-17B-128E-Instruct"),
  all(109, "model card", "meta-llama/Llama-4-Scout-17B-16E-Instruct"),
  all(405, "model card", "meta-llama/Meta-Llama-3.1-405B"),
  all(70.6, "tensors on the Hub", "meta-llama/Meta-Llama-3.1-70B"),
  all(8.03, "tensors on the Hub", "meta-llama/Meta-Llama-3.1-8B"),
  all(7.25, "tensors on the Hub", "mistralai/Mistral-7B-Instruct-v0.3"),
  all(46.7, "tensors on the Hub", "mistralai/Mixtral-8x7B-v0.1"),
  all(1026.5, "tensors on the Hub", "moonshotai/Kimi-K2-Instruct"),
  text(
    1026.5,
    "tensors of Kimi-K2-Instruct on the Hub, the text model",
    "moonshotai/Kimi-K2.5",
    "nvidia/Kimi-K2.5-NVFP4",
    "nvidia/Kimi-K2.6-NVFP4",
    "nvidia/Kimi-K2.7-Code-NVFP4",
  ),
  all(2800, "model card", "moonshotai/Kimi-K3"),
  all(
    744,
    "technical report, arXiv 2602.15763",
    "zai-org/GLM-5",
    "zai-org/GLM-5-FP8",
    "zai-org/GLM-5.1",
    "zai-org/GLM-5.1-FP8",
    "zai-org/GLM-5.2",
    "zai-org/GLM-5.2-FP8",
    "nvidia/GLM-5-NVFP4",
    "nvidia/GLM-5.1-NVFP4",
    "nvidia/GLM-5.2-NVFP4",
  ),
  all(
    31.6,
    "model card",
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4",
  ),
  all(
    120,
    "model card",
    "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8",
    "nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-NVFP4",
  ),
  all(
    550,
    "model card",
    "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16",
    "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-FP8",
    "nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-NVFP4",
  ),
  all(56, "model card", "nvidia/Nemotron-H-56B-Base-8K"),
  all(116.83, "model card, arXiv 2508.10925", "openai/gpt-oss-120b"),
  all(20.91, "model card, arXiv 2508.10925", "openai/gpt-oss-20b"),
  text(
    196,
    "model card; its vision encoder of 1.8B is not in this config.json",
    "stepfun-ai/Step-3.7-Flash",
    "stepfun-ai/Step-3.7-Flash-FP8",
  ),
];

export const ROUNDED_SIZES: readonly RoundedSize[] = [
  {
    models: ["Qwen/Qwen3-1.7B", "Qwen/Qwen3-VL-2B-Instruct"],
    published: "1.7B",
    reason: "rounded to two digits, 1.65 to 1.75; Qwen3-VL-2B is Qwen3-1.7B and a vision encoder",
  },
  {
    models: [
      "deepseek-ai/DeepSeek-V4-Pro",
      "nvidia/DeepSeek-V4-Pro-NVFP4",
      "sgl-project/DeepSeek-V4-Pro-FP8",
    ],
    published: "1.6T",
    reason: "rounded to two digits, 1.55 to 1.65T; the files of 865 GB agree with their computed size to 1 %",
  },
  {
    models: ["XiaomiMiMo/MiMo-7B-Base"],
    published: "7B",
    reason: "a name rather than a count, which leaves out one of two tables of 0.62B for 151,680 tokens",
  },
  {
    models: ["nvidia/Llama-3_3-Nemotron-Super-49B-v1"],
    published: "49B",
    reason: "cut off, not rounded: between 49 and 50",
  },
];

function all(billions: number, source: string, ...models: readonly string[]): PublishedSize {
  return { models, billions, counted: "all", source };
}

function text(billions: number, source: string, ...models: readonly string[]): PublishedSize {
  return { models, billions, counted: "language model", source };
}
