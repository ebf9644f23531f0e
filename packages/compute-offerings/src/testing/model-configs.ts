/**
 * What the `config.json` files of some published models say, as far as sizes depend on it. Facts of the models' public files; fields that
 * change nothing here are left out.
 */
const llama = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 128256,
  torch_dtype: "bfloat16",
};
const llama31Rope = {
  max_position_embeddings: 131072,
  rope_scaling: { factor: 8.0, original_max_position_embeddings: 8192, rope_type: "llama3" },
};

export const llama3Config = {
  ...llama,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  max_position_embeddings: 8192,
};

export const llama31Config = { ...llama3Config, ...llama31Rope };

export const llama31Large = {
  ...llama,
  ...llama31Rope,
  hidden_size: 8192,
  intermediate_size: 28672,
  num_attention_heads: 64,
  num_hidden_layers: 80,
  num_key_value_heads: 8,
};

export const qwen25Config = {
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  hidden_size: 3584,
  intermediate_size: 18944,
  max_position_embeddings: 32768,
  num_attention_heads: 28,
  num_hidden_layers: 28,
  num_key_value_heads: 4,
  sliding_window: 131072,
  use_sliding_window: false,
  torch_dtype: "bfloat16",
  vocab_size: 152064,
};

const qwen3 = {
  architectures: ["Qwen3ForCausalLM"],
  model_type: "qwen3",
  head_dim: 128,
  max_position_embeddings: 40960,
  num_key_value_heads: 8,
  torch_dtype: "bfloat16",
  vocab_size: 151936,
};

export const qwen3SmallConfig = {
  ...qwen3,
  hidden_size: 1024,
  intermediate_size: 3072,
  num_attention_heads: 16,
  num_hidden_layers: 28,
  tie_word_embeddings: true,
};

export const qwen3LargeConfig = {
  ...qwen3,
  hidden_size: 5120,
  intermediate_size: 25600,
  num_attention_heads: 64,
  num_hidden_layers: 64,
  tie_word_embeddings: false,
};

export const qwen3ExpertsConfig = {
  architectures: ["Qwen3MoeForCausalLM"],
  model_type: "qwen3_moe",
  decoder_sparse_step: 1,
  head_dim: 128,
  hidden_size: 2048,
  intermediate_size: 6144,
  max_position_embeddings: 40960,
  mlp_only_layers: [],
  moe_intermediate_size: 768,
  num_attention_heads: 32,
  num_experts: 128,
  num_experts_per_tok: 8,
  num_hidden_layers: 48,
  num_key_value_heads: 4,
  torch_dtype: "bfloat16",
  vocab_size: 151936,
};

export const mixtralConfig = {
  architectures: ["MixtralForCausalLM"],
  model_type: "mixtral",
  hidden_size: 4096,
  intermediate_size: 14336,
  max_position_embeddings: 32768,
  num_attention_heads: 32,
  num_experts_per_tok: 2,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  num_local_experts: 8,
  sliding_window: null,
  torch_dtype: "bfloat16",
  vocab_size: 32000,
};

/** gpt-oss of so many layers and experts. */
function gptOss(layers: number, experts: number) {
  return {
    architectures: ["GptOssForCausalLM"],
    model_type: "gpt_oss",
    attention_bias: true,
    head_dim: 64,
    hidden_size: 2880,
    intermediate_size: 2880,
    layer_types: Array.from({ length: layers }, (_, index) =>
      index % 2 === 0 ? "sliding_attention" : "full_attention",
    ),
    max_position_embeddings: 131072,
    num_attention_heads: 64,
    num_experts_per_tok: 4,
    num_hidden_layers: layers,
    num_key_value_heads: 8,
    num_local_experts: experts,
    quantization_config: {
      modules_to_not_convert: [
        "model.layers.*.self_attn",
        "model.layers.*.mlp.router",
        "model.embed_tokens",
        "lm_head",
      ],
      quant_method: "mxfp4",
    },
    rope_scaling: { factor: 32.0, original_max_position_embeddings: 4096, rope_type: "yarn" },
    sliding_window: 128,
    tie_word_embeddings: false,
    vocab_size: 201088,
  };
}

export const gptOssSmallConfig = gptOss(24, 32);
export const gptOssLargeConfig = gptOss(36, 128);

export const deepseekV2LiteConfig = {
  architectures: ["DeepseekV2ForCausalLM"],
  model_type: "deepseek_v2",
  first_k_dense_replace: 1,
  hidden_size: 2048,
  intermediate_size: 10944,
  kv_lora_rank: 512,
  max_position_embeddings: 163840,
  moe_intermediate_size: 1408,
  n_routed_experts: 64,
  n_shared_experts: 2,
  num_attention_heads: 16,
  num_experts_per_tok: 6,
  num_hidden_layers: 27,
  num_key_value_heads: 16,
  q_lora_rank: null,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  torch_dtype: "bfloat16",
  v_head_dim: 128,
  vocab_size: 102400,
};

export const gemma3Config = {
  architectures: ["Gemma3ForConditionalGeneration"],
  model_type: "gemma3",
  mm_tokens_per_image: 256,
  text_config: {
    hidden_size: 2560,
    intermediate_size: 10240,
    model_type: "gemma3_text",
    num_hidden_layers: 34,
    rope_scaling: { factor: 8.0, rope_type: "linear" },
    sliding_window: 1024,
  },
  torch_dtype: "bfloat16",
  vision_config: {
    hidden_size: 1152,
    image_size: 896,
    intermediate_size: 4304,
    model_type: "siglip_vision_model",
    num_attention_heads: 16,
    num_hidden_layers: 27,
    patch_size: 14,
    vision_use_head: false,
  },
};
