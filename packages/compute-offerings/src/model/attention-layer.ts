import type { ConfigReader } from "./config-reader.ts";
import type { Mixer } from "./layer-plan.ts";
import type { LayerCache } from "./model-shape.ts";
import type { ModuleScope } from "./module-scope.ts";
import { blockPart } from "./puzzle-block.ts";
import { headDimension } from "./rope.ts";

/** Heads of one layer, and their widths. */
type AttentionHeads = readonly [
  heads: number,
  keyValueHeads: number,
  keyDimension: number,
  valueDimension: number,
];

/** Families whose queries, keys or values have a bias though `attention_bias` is no field of theirs, and which part has none. */
const QUERY_KEY_VALUE_BIAS = /^(qwen2|mimo$|step3_text)/;

/** Families that normalise each head of queries and keys with weights of their own. */
const HEAD_NORM = /^(qwen3|gemma3|gemma4|step3p|olmo2|hunyuan|glm4_moe$|minimax_m3)/;

/** Heads of the layer at `index`; sliding and global layers of a model may differ. */
function attentionHeads(
  config: ConfigReader,
  modelType: string,
  index: number,
  sliding: boolean,
): AttentionHeads {
  const heads = config.required("num_attention_heads");
  const plainDimension = headDimension(config);
  const group = blockPart(config, index, "attention")?.positive("n_heads_in_group");
  const keyValueHeads = group ? heads / group : (config.positive("num_key_value_heads") ?? heads);
  if (modelType.startsWith("gemma4") && !sliding) {
    const keyDimension = config.integer("global_head_dim") ?? plainDimension;
    const globalHeads = config.positive("num_global_key_value_heads") ?? keyValueHeads;
    return [heads, globalHeads, keyDimension, keyDimension];
  }
  if (sliding && config.has("swa_head_dim")) {
    return [
      config.required("swa_num_attention_heads"),
      config.required("swa_num_key_value_heads"),
      config.required("swa_head_dim"),
      config.required("swa_v_head_dim"),
    ];
  }
  return [heads, keyValueHeads, plainDimension, config.integer("v_head_dim") ?? plainDimension];
}

/** Multi-head, grouped-query and multi-query attention. */
export function addAttention(
  scope: ModuleScope,
  config: ConfigReader,
  modelType: string,
  index: number,
  mixer: Mixer & { kind: "attention" },
): LayerCache {
  const hidden = config.required("hidden_size");
  const sliding = mixer.windowTokens !== undefined;
  const [heads, keyValueHeads, keyDimension, valueDimension] = attentionHeads(
    config,
    modelType,
    index,
    sliding,
  );
  const allBias = config.flag(false, "attention_bias");
  const ownBias = QUERY_KEY_VALUE_BIAS.test(modelType);
  const bias = allBias || ownBias;
  const keysAreValues = config.flag(false, "attention_k_eq_v") && !sliding;
  const gate = config.flag(false, "attn_output_gate");
  const at = scope.in("self_attn");
  at.linear("q_proj", heads * keyDimension * (gate ? 2 : 1), hidden, { bias });
  at.linear("k_proj", keyValueHeads * keyDimension, hidden, { bias, shards: keyValueHeads });
  if (!keysAreValues)
    at.linear("v_proj", keyValueHeads * valueDimension, hidden, { bias, shards: keyValueHeads });
  at.linear("o_proj", hidden, heads * valueDimension, { bias: allBias && !ownBias });
  if (config.flag(HEAD_NORM.test(modelType), "use_qk_norm") && modelType !== "llama4_text") {
    const perLayer = config.text("qk_norm_type") === "per_layer" || modelType.startsWith("olmo2");
    at.values("q_norm", perLayer ? heads * keyDimension : keyDimension);
    at.values("k_norm", perLayer ? keyValueHeads * keyDimension : keyDimension);
  }
  const cache = {
    valuesPerEntry: keyValueHeads * (keyDimension + valueDimension),
    heads: keyValueHeads,
    ...addBlockIndexer(at, config, index, hidden),
  };
  if (mixer.windowTokens === undefined) return { kind: "full", ...cache };
  return { kind: "sliding", windowTokens: mixer.windowTokens, ...cache };
}

/** MiniMax Sparse Attention scores blocks of keys with a small head of its own. */
function addBlockIndexer(
  at: ModuleScope,
  config: ConfigReader,
  index: number,
  hidden: number,
): Pick<LayerCache, "readEntries"> {
  const sparse = config.object("sparse_attention_config");
  if (sparse === undefined || sparse.numbers("sparse_attention_freq")?.[index] !== 1) return {};
  const dimension = sparse.required("sparse_index_dim");
  at.copied("index_q_proj", sparse.required("sparse_num_index_heads") * dimension, hidden);
  at.copied("index_k_proj", dimension, hidden);
  const [blocks, tokens] = [sparse.positive("sparse_topk_blocks"), sparse.positive("sparse_block_size")];
  return blocks && tokens ? { readEntries: blocks * tokens } : {};
}

/** Multi-head latent attention: per token it keeps one latent and one rotated key for all heads. */
export function addLatentAttention(
  scope: ModuleScope,
  config: ConfigReader,
  indexer: boolean,
): readonly LayerCache[] {
  const hidden = config.required("hidden_size");
  const heads = config.required("num_attention_heads");
  const latent = config.required("kv_lora_rank");
  const plain = config.required("qk_nope_head_dim");
  const rotated = config.integer("qk_rope_head_dim") ?? 0;
  const value = config.required("v_head_dim");
  const queryLatent = config.integer("q_lora_rank");
  const at = scope.in("self_attn");
  if (queryLatent === undefined) {
    at.linear("q_proj", heads * (plain + rotated), hidden);
  } else {
    at.copied("q_a_proj", queryLatent, hidden);
    at.linear("q_b_proj", heads * (plain + rotated), queryLatent);
  }
  at.copied("kv_a_proj_with_mqa", latent + rotated, hidden);
  at.linear("kv_b_proj", heads * (plain + value), latent);
  at.linear("o_proj", hidden, heads * value);
  if (config.flag(false, "mla_use_output_gate")) at.linear("g_proj", heads * value, hidden);
  const sparse = config.positive("index_topk");
  // vLLM's format for sparse attention in FP8: values, their four scales, and the rotated key in 16 bits.
  const picked = sparse !== undefined && {
    readEntries: sparse,
    bytesPerEntryInFp8: latent + 16 + 2 * rotated,
  };
  const cache: LayerCache = { kind: "latent", valuesPerEntry: latent + rotated, ...picked };
  return indexer ? [cache, addIndexer(at, config, hidden, queryLatent ?? hidden)] : [cache];
}

/** The indexer of DeepSeek Sparse Attention, whose keys are kept in FP8 with a 32-bit scale. */
function addIndexer(at: ModuleScope, config: ConfigReader, hidden: number, queryLatent: number): LayerCache {
  const heads = config.required("index_n_heads");
  const dimension = config.required("index_head_dim");
  const indexer = at.in("indexer");
  indexer.copied("wq_b", heads * dimension, queryLatent);
  indexer.copied("wk", dimension, hidden);
  indexer.copied("weights_proj", heads, hidden, true);
  return { kind: "indexer", valuesPerEntry: dimension, bytesPerEntry: dimension + 4 };
}
