/** Families whose classes tie the head to the embeddings where a file does not say. */
const TIED = /^(cohere|gemma)/;

/** Gemma 3's files leave out whatever is as in its class. */
const GEMMA3 = {
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
};

/**
 * What the configuration classes of `transformers` fill in where a file leaves it out, as far as sizes depend on it and files do leave it
 * out.
 */
export function classDefaults(modelType: string): Readonly<Record<string, unknown>> {
  return {
    tie_word_embeddings: TIED.test(modelType),
    use_sliding_window: !modelType.startsWith("qwen"),
    attn_output_gate: modelType === "qwen3_next",
    ...(modelType === "gemma2" ? { sliding_window_pattern: 2 } : {}),
    ...(modelType === "gemma3_text" ? GEMMA3 : {}),
  };
}

/** Vision tower of `Llama4VisionConfig`, which its multimodal class builds also for files without one. */
export const LLAMA4_VISION_DEFAULTS = {
  hidden_size: 768,
  num_hidden_layers: 34,
  intermediate_size: 5632,
  image_size: 448,
  projector_input_dim: 4096,
  projector_output_dim: 4096,
};
