import type { ModelFacts } from "../planning/model-facts.ts";

/** Qwen/Qwen3-8B as its `config.json` has it: 16.4 GB in bfloat16. */
export const QWEN3_8B_CONFIG = {
  architectures: ["Qwen3ForCausalLM"],
  model_type: "qwen3",
  hidden_size: 4096,
  intermediate_size: 12288,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  max_position_embeddings: 40960,
  vocab_size: 151936,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};

/** What is known of that model once it is read; it fits on 24 GB, and not on 16. */
export const qwen3: ModelFacts = {
  id: "Qwen/Qwen3-8B",
  planned: { id: "Qwen/Qwen3-8B", config: QWEN3_8B_CONFIG, maxModelLen: 4096, maxModelConcurrency: 4 },
  downloadBytes: 16.4e9,
};

/** Qwen/Qwen3-30B-A3B as its `config.json` has it. */
const QWEN3_30B_A3B_CONFIG = {
  architectures: ["Qwen3MoeForCausalLM"],
  model_type: "qwen3_moe",
  hidden_size: 2048,
  intermediate_size: 6144,
  moe_intermediate_size: 768,
  num_experts: 128,
  num_experts_per_tok: 8,
  num_hidden_layers: 48,
  num_attention_heads: 32,
  num_key_value_heads: 4,
  head_dim: 128,
  max_position_embeddings: 40960,
  vocab_size: 151936,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};

/** A model with experts, which fits on 80 GB. */
export const qwen3Moe: ModelFacts = {
  id: "Qwen/Qwen3-30B-A3B",
  planned: {
    id: "Qwen/Qwen3-30B-A3B",
    config: QWEN3_30B_A3B_CONFIG,
    maxModelLen: 4096,
    maxModelConcurrency: 4,
  },
  downloadBytes: 61.1e9,
};

/** A model of which nothing could be read. */
export const unknownModel: ModelFacts = { id: "org/secret", failure: new Error("found HTTP 401.") };
