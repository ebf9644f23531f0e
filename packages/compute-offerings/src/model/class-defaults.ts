/**
 * What the configuration classes of `transformers` fill in where a file leaves it out, as far as sizes depend on it. Multimodal
 * checkpoints in particular write only what differs.
 */
const CLASS_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  bloom: { tie_word_embeddings: true },
  cohere: { tie_word_embeddings: true },
  cohere2: { tie_word_embeddings: true },
  deepseek_v2: { first_k_dense_replace: 0, moe_layer_freq: 1 },
  falcon: { tie_word_embeddings: true },
  gemma: { head_dim: 256, tie_word_embeddings: true, max_position_embeddings: 8192 },
  gemma2: { head_dim: 256, sliding_window: 4096, sliding_window_pattern: 2, tie_word_embeddings: true },
  gemma3_text: {
    vocab_size: 262208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    max_position_embeddings: 131072,
    sliding_window: 4096,
    sliding_window_pattern: 6,
    tie_word_embeddings: true,
  },
  gemma4_text: { tie_word_embeddings: true },
  gpt2: { tie_word_embeddings: true },
  gpt_oss: { head_dim: 64, attention_bias: true },
  llama4_text: { head_dim: 128, attention_chunk_size: 8192 },
  mistral: { vocab_size: 32000, max_position_embeddings: 131072 },
  mixtral: { num_local_experts: 8, num_experts_per_tok: 2 },
  mimo: { attention_bias: true },
  mllama_text_model: { vocab_size: 128256 },
  opt: { tie_word_embeddings: true },
  qwen2: { attention_bias: true, use_sliding_window: false },
  qwen2_moe: { attention_bias: true, use_sliding_window: false },
  qwen2_vl: { attention_bias: true, use_sliding_window: false },
  qwen2_5_vl: { attention_bias: true, use_sliding_window: false },
  qwen3: { head_dim: 128, use_sliding_window: false },
  qwen3_moe: { head_dim: 128, use_sliding_window: false },
  qwen3_next: { attn_output_gate: true },
};

/** Of the class that reads `modelType`; the text part of a multimodal class shares its defaults. */
export function classDefaults(modelType: string): Readonly<Record<string, unknown>> {
  return CLASS_DEFAULTS[modelType] ?? CLASS_DEFAULTS[modelType.replace(/_text$/, "")] ?? {};
}

/** Vision tower of `Llama4VisionConfig`, which its multimodal class builds also for files without one. */
export const LLAMA4_VISION_DEFAULTS = {
  model_type: "llama4_vision_model",
  hidden_size: 768,
  num_hidden_layers: 34,
  num_attention_heads: 16,
  intermediate_size: 5632,
  image_size: 448,
  patch_size: 14,
  projector_input_dim: 4096,
  projector_output_dim: 4096,
};
