const LLAMA = {
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
};

/** Sizes of the classes whose multimodal files are known to leave some out. */
const SIZES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  llama: LLAMA,
  mistral: { ...LLAMA, intermediate_size: 14336, num_key_value_heads: 8, max_position_embeddings: 131072 },
  gemma3_text: {
    vocab_size: 262208,
    hidden_size: 2304,
    intermediate_size: 9216,
    num_hidden_layers: 26,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    max_position_embeddings: 131072,
    sliding_window: 4096,
    sliding_window_pattern: 6,
  },
};

/**
 * What the configuration classes of `transformers` fill in where a file leaves it out, as far as sizes depend on it. Only the text part
 * of a multimodal file, which is `nested`, leaves out sizes; elsewhere their absence is an error.
 */
export function classDefaults(modelType: string, nested: boolean): Readonly<Record<string, unknown>> {
  return {
    // Where a file does not say, these tie the head to the embeddings.
    tie_word_embeddings: /^(cohere|gemma|smollm3)/.test(modelType),
    use_sliding_window: !modelType.startsWith("qwen"),
    attn_output_gate: modelType === "qwen3_next",
    head_dim: modelType === "qwen3" ? 128 : /^gemma[23]?(_text)?$/.test(modelType) ? 256 : undefined,
    sliding_window_pattern: modelType === "gemma2" ? 2 : undefined,
    ...(nested && SIZES[modelType]),
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
