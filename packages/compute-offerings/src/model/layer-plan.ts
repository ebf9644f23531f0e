import type { ConfigReader } from "./config-reader.ts";
import { blockPart, blockSubstitute } from "./puzzle-block.ts";

/** What mixes the tokens of a layer. */
export type Mixer =
  | { readonly kind: "attention"; readonly windowTokens?: number }
  | { readonly kind: "mla"; readonly indexer: boolean }
  | { readonly kind: "compressed"; readonly ratio: number }
  | { readonly kind: "delta" | "kda" | "mamba" | "linear" | "none" };

/** What follows the mixer: one network, experts, both side by side, or nothing. */
export type FeedForward = "dense" | "experts" | "both" | "none";

export interface LayerPlan {
  readonly mixer: Mixer;
  readonly feedForward: FeedForward;
}

const FULL_ATTENTION: Mixer = { kind: "attention" };

/** What each layer of the model is made of. */
export function planLayers(config: ConfigReader, modelType: string): readonly LayerPlan[] {
  const pattern = hybridPattern(config);
  if (pattern !== undefined) return pattern.map(planOfLetter);
  return Array.from({ length: config.required("num_hidden_layers") }, (_, index) => {
    const feedForward = feedForwardOf(config, index);
    const sliding = isSliding(config, modelType, index);
    const attention = blockPart(config, index, "attention");
    const kind = blockSubstitute(attention) ?? "attention";
    return { mixer: attention === undefined ? mixerOf(config, index, sliding) : { kind }, feedForward };
  });
}

/** Nemotron-H writes a letter or a word per layer: Mamba, attention, MLP or experts. */
function hybridPattern(config: ConfigReader): readonly string[] | undefined {
  const words = config.strings("layers_block_type");
  if (words !== undefined && config.has("mamba_num_heads")) return words;
  const letters = config.text("hybrid_override_pattern");
  return letters === undefined ? undefined : Array.from(letters);
}

function planOfLetter(letter: string): LayerPlan {
  if (/^(M$|mamba)/.test(letter)) return { mixer: { kind: "mamba" }, feedForward: "none" };
  if (/^(\*$|attention)/.test(letter)) return { mixer: FULL_ATTENTION, feedForward: "none" };
  return { mixer: { kind: "none" }, feedForward: /^(E$|moe)/.test(letter) ? "experts" : "dense" };
}

function mixerOf(config: ConfigReader, index: number, sliding: boolean): Mixer {
  const ratios = config.numbers("compress_ratios");
  if (ratios !== undefined) return { kind: "compressed", ratio: ratios[index] ?? 0 };
  const kda = config.object("linear_attn_config")?.numbers("kda_layers");
  if (kda?.includes(index + 1)) return { kind: "kda" };
  if (config.has("kv_lora_rank")) return { kind: "mla", indexer: hasIndexer(config, index) };
  if (layerType(config, index) === "linear_attention") return { kind: "delta" };
  if (!sliding) return FULL_ATTENTION;
  const windowTokens = config.positive("sliding_window") ?? config.positive("attention_chunk_size");
  return windowTokens === undefined ? FULL_ATTENTION : { kind: "attention", windowTokens };
}

/** DeepSeek Sparse Attention picks tokens by an indexer; GLM-5.2 lets layers share one. */
function hasIndexer(config: ConfigReader, index: number): boolean {
  if (!config.has("index_topk")) return false;
  return (config.strings("indexer_types")?.[index] ?? "full") === "full";
}

function layerType(config: ConfigReader, index: number): string | undefined {
  const types = config.strings("layer_types");
  if (types !== undefined) return types[index];
  const interval = config.integer("full_attention_interval");
  if (interval === undefined || !config.has("linear_num_value_heads")) return undefined;
  return (index + 1) % interval === 0 ? "full_attention" : "linear_attention";
}

function isSliding(config: ConfigReader, modelType: string, index: number): boolean {
  const types = config.strings("layer_types");
  if (types !== undefined) return /sliding|chunked/.test(types[index] ?? "");
  const hybrid = config.numbers("hybrid_layer_pattern");
  if (hybrid !== undefined) return hybrid[index] === 1;
  if (modelType === "llama4_text") {
    // Every fourth layer has no RoPE and sees everything; the others see a chunk.
    const rotated = config.numbers("no_rope_layers")?.[index];
    return rotated === undefined ? (index + 1) % 4 !== 0 : rotated === 1;
  }
  if (!config.has("sliding_window") || !config.flag(false, "use_sliding_window")) return false;
  const pattern = config.integer("sliding_window_pattern");
  if (pattern !== undefined) return (index + 1) % pattern !== 0;
  if (modelType === "gpt_oss") return index % 2 === 0;
  return index >= (config.integer("max_window_layers") ?? 0);
}

function feedForwardOf(config: ConfigReader, index: number): FeedForward {
  if (!hasExperts(config, index)) return "dense";
  return config.flag(false, "enable_moe_block") ? "both" : "experts";
}

/** Whether a layer routes to experts, as each family writes it. */
function hasExperts(config: ConfigReader, index: number): boolean {
  if ((expertCount(config) ?? 0) === 0) return false;
  const types = config.strings("mlp_layer_types");
  if (types !== undefined) return types[index] === "sparse";
  const frequency = config.value("moe_layer_freq");
  if (Array.isArray(frequency)) return frequency[index] === 1;
  const named = config.text("moe_layers_enum")?.split(",").map(Number);
  if (named !== undefined) return named.includes(index);
  const isDense = config.numbers("mlp_only_layers")?.includes(index) === true;
  const firstDense = config.integer("first_k_dense_replace") ?? 0;
  // No layer where it is 0, since nothing divides by it.
  const step = config.integer("decoder_sparse_step") ?? 1;
  // DeepSeek counts its frequency from layer 0, the others from the end of each group; both mean all layers at 1.
  const offset = typeof frequency === "number" ? 0 : 1;
  return index >= firstDense && !isDense && (index + offset) % step === 0;
}

export function expertCount(config: ConfigReader): number | undefined {
  return config.integer("num_experts");
}
