import { type ConfigReader, isNumber, isString } from "./config-reader.ts";

/** What mixes the tokens of a layer. */
export type Mixer =
  | {
      readonly kind: "attention";
      readonly windowTokens?: number;
      readonly chunked?: boolean;
      readonly sliding: boolean;
    }
  | { readonly kind: "mla"; readonly indexer: boolean }
  | { readonly kind: "compressed"; readonly ratio: number }
  | { readonly kind: "delta" | "kda" | "mamba" | "linear" | "none" };

/** What follows the mixer: one network, experts, both side by side, or nothing. */
export type FeedForward = "dense" | "experts" | "both" | "none";

export interface LayerPlan {
  readonly mixer: Mixer;
  readonly feedForward: FeedForward;
}

/** What each layer of the model is made of. */
export function planLayers(config: ConfigReader, modelType: string): readonly LayerPlan[] {
  const pattern = hybridPattern(config);
  if (pattern !== undefined) return pattern.map(planOfLetter);
  const blocks = config.list((item): item is object => typeof item === "object", "block_configs");
  const count = config.integer("num_hidden_layers", "n_layer", "num_layers");
  const isExperts = expertLayers(config, count);
  const isSliding = slidingLayers(config, modelType, count);
  return Array.from({ length: count }, (_, index) => ({
    mixer: blocks === undefined ? mixerOf(config, index, isSliding) : blockMixer(config, blocks, index),
    feedForward: isExperts(index) ? (config.flag(false, "enable_moe_block") ? "both" : "experts") : "dense",
  }));
}

/** Nemotron-H writes a letter or a word per layer: Mamba, attention, MLP or experts. */
function hybridPattern(config: ConfigReader): readonly string[] | undefined {
  const words = config.list(isString, "layers_block_type");
  if (words !== undefined && config.value("mamba_num_heads") !== undefined) return words;
  const letters = config.text("hybrid_override_pattern");
  return letters === undefined ? undefined : Array.from(letters);
}

function planOfLetter(letter: string): LayerPlan {
  switch (letter) {
    case "M":
    case "mamba":
      return { mixer: { kind: "mamba" }, feedForward: "none" };
    case "*":
    case "attention":
      return { mixer: { kind: "attention", sliding: false }, feedForward: "none" };
    case "E":
    case "moe":
      return { mixer: { kind: "none" }, feedForward: "experts" };
    default:
      return { mixer: { kind: "none" }, feedForward: "dense" };
  }
}

function mixerOf(config: ConfigReader, index: number, isSliding: (index: number) => boolean): Mixer {
  const ratios = config.list(isNumber, "compress_ratios");
  if (ratios !== undefined) return { kind: "compressed", ratio: ratios[index] ?? 0 };
  const kda = config.object("linear_attn_config")?.list(isNumber, "kda_layers");
  if (kda?.includes(index + 1)) return { kind: "kda" };
  if (config.value("kv_lora_rank") !== undefined) return { kind: "mla", indexer: hasIndexer(config, index) };
  if (layerType(config, index) === "linear_attention") return { kind: "delta" };
  if (!isSliding(index)) return { kind: "attention", sliding: false };
  const chunk = config.optionalInteger("attention_chunk_size");
  const window = config.optionalInteger("sliding_window", "sliding_window_size");
  if (window !== undefined) return { kind: "attention", windowTokens: window, sliding: true };
  return chunk === undefined
    ? { kind: "attention", sliding: false }
    : { kind: "attention", windowTokens: chunk, chunked: true, sliding: true };
}

/** DeepSeek Sparse Attention picks tokens by an indexer; GLM-5.2 lets layers share one. */
function hasIndexer(config: ConfigReader, index: number): boolean {
  if (config.value("index_topk") === undefined) return false;
  return (config.list(isString, "indexer_types")?.[index] ?? "full") === "full";
}

function layerType(config: ConfigReader, index: number): string | undefined {
  const types = config.list(isString, "layer_types");
  if (types !== undefined) return types[index];
  const interval = config.optionalInteger("full_attention_interval");
  if (interval === undefined || config.value("linear_num_value_heads") === undefined) return undefined;
  return (index + 1) % interval === 0 ? "full_attention" : "linear_attention";
}

function slidingLayers(config: ConfigReader, modelType: string, count: number): (index: number) => boolean {
  const types = config.list(isString, "layer_types");
  if (types !== undefined) return (index) => /sliding|chunked/.test(types[index] ?? "");
  const hybrid = config.list(isNumber, "hybrid_layer_pattern");
  if (hybrid !== undefined) return (index) => hybrid[index] === 1;
  if (modelType === "llama4_text") {
    // Every fourth layer has no RoPE and sees everything; the others see a chunk.
    const rotated = config.list(isNumber, "no_rope_layers") ?? [];
    return (index) => (rotated[index] ?? ((index + 1) % 4 === 0 ? 0 : 1)) === 1;
  }
  if (config.value("sliding_window") === undefined || !config.flag(true, "use_sliding_window"))
    return () => false;
  const pattern = config.optionalInteger("sliding_window_pattern", "_sliding_window_pattern");
  if (pattern !== undefined) return (index) => (index + 1) % pattern !== 0;
  if (modelType === "gpt_oss") return (index) => index % 2 === 0;
  const first =
    config.value("use_sliding_window") === true ? (config.optionalInteger("max_window_layers") ?? count) : 0;
  return (index) => index >= first;
}

/** Which layers route to experts, as each family writes it. */
function expertLayers(config: ConfigReader, count: number): (index: number) => boolean {
  if ((expertCount(config) ?? 0) === 0) return () => false;
  const types = config.list(isString, "mlp_layer_types");
  if (types !== undefined) return (index) => types[index] === "sparse";
  const frequency = config.value("moe_layer_freq");
  if (Array.isArray(frequency)) return (index) => frequency[index] === 1;
  const named = config.text("moe_layers_enum")?.split(",").map(Number);
  if (named !== undefined) return (index) => named.includes(index);
  const dense = new Set(config.list(isNumber, "mlp_only_layers"));
  const firstDense = config.optionalInteger("first_k_dense_replace", "moe_layer_start_index") ?? 0;
  const step =
    config.optionalInteger("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_freq") ?? 1;
  if (step === 0) return () => false;
  // DeepSeek counts its frequency from layer 0, the others from the end of each group; both mean all layers at 1.
  const offset = typeof frequency === "number" ? 0 : 1;
  return (index) =>
    index >= firstDense && index < count && !dense.has(index) && (index + offset) % step === 0;
}

export function expertCount(config: ConfigReader): number | undefined {
  return config.optionalInteger("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts");
}

/** Puzzle models of NVIDIA leave out or replace the attention of some layers. */
function blockMixer(config: ConfigReader, blocks: readonly object[], index: number): Mixer {
  const attention = (blocks[index] as { attention?: { no_op?: boolean; replace_with_linear?: boolean } })
    .attention;
  if (attention === undefined) throw config.invalid("block_configs", "an attention in every block");
  if (attention.no_op === true) return { kind: "none" };
  return attention.replace_with_linear === true ? { kind: "linear" } : { kind: "attention", sliding: false };
}
