/**
 * Models of families that differ in what counts, by what their `config.json` files say, each with the number of parameters in its safetensors
 * files in billions. Fields that change nothing here are left out.
 */
export const FAMILIES: readonly {
  readonly model: string;
  readonly billions: number;
  readonly config: Readonly<Record<string, unknown>>;
}[] = [
  {
    model: "Qwen1.5-MoE-A2.7B: shared expert with a gate",
    billions: 14.316,
    config: {
      ...decoder("qwen2_moe", 151936, 2048, 5632, 24, 16, 16),
      moe_intermediate_size: 1408,
      shared_expert_intermediate_size: 5632,
      num_experts: 60,
      num_experts_per_tok: 4,
    },
  },
  {
    model: "Qwen2.5-VL-7B-Instruct: encoder with gated networks",
    billions: 8.292,
    config: {
      ...decoder("qwen2_5_vl", 152064, 3584, 18944, 28, 28, 4),
      vision_config: {
        depth: 32,
        hidden_size: 1280,
        intermediate_size: 3420,
        model_type: "qwen2_5_vl",
        out_hidden_size: 3584,
        patch_size: 14,
        spatial_merge_size: 2,
        temporal_patch_size: 2,
      },
    },
  },
  {
    model: "SmolLM3-3B: tied, which its file does not say",
    billions: 3.075,
    config: decoder("smollm3", 128256, 2048, 11008, 36, 16, 4),
  },
  {
    model: "granite-3.1-8b-instruct: tied",
    billions: 8.171,
    config: { ...decoder("granite", 49155, 4096, 12800, 40, 32, 8), tie_word_embeddings: true },
  },
  { model: "phi-4: as Llama", billions: 14.66, config: decoder("phi3", 100352, 5120, 17920, 40, 40, 10) },
  {
    model: "gemma-2-9b: wide heads, four norms, tied by its class",
    billions: 9.242,
    config: { ...decoder("gemma2", 256000, 3584, 14336, 42, 16, 8), head_dim: 256 },
  },
  {
    model: "Qwen3-Next-80B-A3B: Gated DeltaNet",
    billions: 79.67,
    config: {
      ...decoder("qwen3_next", 151936, 2048, 5120, 48, 16, 2),
      head_dim: 256,
      full_attention_interval: 4,
      linear_conv_kernel_dim: 4,
      linear_key_head_dim: 128,
      linear_num_key_heads: 16,
      linear_num_value_heads: 32,
      linear_value_head_dim: 128,
      moe_intermediate_size: 512,
      num_experts: 512,
      num_experts_per_tok: 10,
      shared_expert_intermediate_size: 512,
    },
  },
  {
    model: "GLM-4.5-Air: first layer dense, biases",
    billions: 106.85,
    config: {
      ...decoder("glm4_moe", 151552, 4096, 10944, 46, 96, 8),
      head_dim: 128,
      attention_bias: true,
      use_qk_norm: false,
      moe_intermediate_size: 1408,
      n_routed_experts: 128,
      n_shared_experts: 1,
      num_experts_per_tok: 8,
      first_k_dense_replace: 1,
      num_nextn_predict_layers: 1,
    },
  },
  {
    model: "DeepSeek-V2: MLA",
    billions: 235.74,
    config: {
      ...decoder("deepseek_v2", 102400, 5120, 12288, 60, 128, 128),
      kv_lora_rank: 512,
      q_lora_rank: 1536,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
      moe_intermediate_size: 1536,
      n_routed_experts: 160,
      n_shared_experts: 2,
      num_experts_per_tok: 6,
      first_k_dense_replace: 1,
    },
  },
  {
    model: "Kimi-Linear-48B-A3B: Kimi Delta Attention",
    billions: 49.12,
    config: {
      ...decoder("kimi_linear", 163840, 2304, 9216, 27, 32, 32),
      kv_lora_rank: 512,
      q_lora_rank: null,
      qk_nope_head_dim: 128,
      qk_rope_head_dim: 64,
      v_head_dim: 128,
      moe_intermediate_size: 1024,
      num_experts: 256,
      num_experts_per_token: 8,
      num_shared_experts: 1,
      first_k_dense_replace: 1,
      linear_attn_config: {
        kda_layers: [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19, 21, 22, 23, 25, 26],
        head_dim: 128,
        num_heads: 32,
        short_conv_kernel_size: 4,
      },
    },
  },
  {
    model: "NVIDIA-Nemotron-Nano-9B-v2: Mamba-2",
    billions: 8.888,
    config: {
      ...decoder("nemotron_h", 131072, 4480, 15680, 56, 40, 8),
      head_dim: 128,
      hybrid_override_pattern: "M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-",
      mamba_num_heads: 128,
      mamba_head_dim: 80,
      ssm_state_size: 128,
      n_groups: 8,
      conv_kernel: 4,
    },
  },
  {
    model: "ERNIE-4.5-21B-A3B: experts from a layer on",
    billions: 21.83,
    config: {
      ...decoder("ernie4_5_moe", 103424, 2560, 12288, 28, 20, 4),
      moe_num_experts: 64,
      moe_k: 6,
      moe_intermediate_size: 1536,
      moe_num_shared_experts: 2,
      moe_layer_start_index: 1,
      tie_word_embeddings: true,
    },
  },
];

/** Fields that all decoders have. */
function decoder(
  modelType: string,
  vocabulary: number,
  hidden: number,
  intermediate: number,
  layers: number,
  heads: number,
  keyValueHeads: number,
) {
  return {
    model_type: modelType,
    vocab_size: vocabulary,
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    max_position_embeddings: 32768,
  };
}
