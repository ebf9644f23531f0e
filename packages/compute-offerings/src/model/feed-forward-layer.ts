import type { ConfigReader } from "./config-reader.ts";
import type { FeedForward } from "./layer-plan.ts";
import { expertCount } from "./layer-plan.ts";
import type { MatrixOptions, ModuleScope } from "./module-scope.ts";
import { blockPart, blockSubstitute } from "./puzzle-block.ts";

/** Families whose networks are two matrices with an activation between; all others gate with a third. */
const UNGATED = /^(nemotron|nemotron_h|phi|starcoder2)$/;

/** Widths of a model's feed-forward networks. */
export interface FeedForwardWidths {
  readonly dense: number;
  readonly expert: number;
  /** Of all shared experts of a layer together. */
  readonly shared: number;
  readonly experts: number;
  readonly activeExperts: number;
  /** Width to which tokens are brought before they are routed, where experts work in a space of their own. */
  readonly latent: number | undefined;
}

export function feedForwardWidths(config: ConfigReader, modelType: string): FeedForwardWidths {
  const experts = expertCount(config) ?? 0;
  const whole = config.integer("intermediate_size") ?? 0;
  const expert = config.integer("moe_intermediate_size") ?? whole;
  const dense = config.integer("dense_intermediate_size") ?? whole;
  const active = config.integer("num_experts_per_tok");
  return {
    dense,
    expert: experts === 0 ? 0 : expert,
    shared: experts === 0 ? 0 : sharedWidth(config, modelType, expert),
    experts,
    activeExperts: active ?? 0,
    latent: config.integer("moe_latent_size"),
  };
}

function sharedWidth(config: ConfigReader, modelType: string, expert: number): number {
  // Llama 4 has one shared expert as wide as a routed one, without a field for it.
  if (modelType === "llama4_text") return expert;
  const count = config.integer("n_shared_experts") ?? 0;
  const one = config.integer("moe_shared_expert_intermediate_size") ?? expert;
  return config.integer("share_expert_dim") ?? count * one;
}

/** What follows the mixer of the layer at `index`. */
export function addFeedForward(
  scope: ModuleScope,
  config: ConfigReader,
  modelType: string,
  index: number,
  kind: FeedForward,
): void {
  const widths = feedForwardWidths(config, modelType);
  if (kind === "dense" || kind === "both") addDense(scope, config, modelType, index, widths);
  if (kind === "experts" || kind === "both") addExperts(scope, config, modelType, widths);
}

function addDense(
  scope: ModuleScope,
  config: ConfigReader,
  modelType: string,
  index: number,
  widths: FeedForwardWidths,
): void {
  const hidden = config.required("hidden_size");
  const block = blockPart(config, index, "ffn");
  const substitute = blockSubstitute(block);
  if (substitute === "linear") scope.in("mlp").linear("linear", hidden, hidden);
  if (substitute !== undefined) return;
  const width = block ? blockWidth(block, hidden) : denseWidth(config, modelType, index, widths.dense);
  if (width === 0) throw config.invalid("intermediate_size", "a positive whole number");
  const bias = config.flag(false, "mlp_bias");
  addNetwork(scope.in(modelType === "nemotron_h" ? "mixer" : "mlp"), modelType, width, hidden, { bias });
}

/** Gemma 3n and 4 double the width of layers that share the KV cache of others, where they are told to. */
function denseWidth(config: ConfigReader, modelType: string, index: number, width: number): number {
  if (!modelType.startsWith("gemma4") || !config.flag(false, "use_double_wide_mlp")) return width;
  const sharing = config.integer("num_kv_shared_layers") ?? 0;
  return index >= config.required("num_hidden_layers") - sharing ? 2 * width : width;
}

/** Width of a Puzzle block: two thirds of the multiple, rounded up to 256. */
function blockWidth(network: ConfigReader, hidden: number): number {
  return Math.ceil(Math.trunc((2 * (network.number("ffn_mult") ?? 0) * hidden) / 3) / 256) * 256;
}

function addNetwork(
  at: ModuleScope,
  modelType: string,
  width: number,
  hidden: number,
  options: MatrixOptions = {},
): void {
  if (!UNGATED.test(modelType)) at.linear("gate_proj", width, hidden, options);
  at.linear("up_proj", width, hidden, options);
  at.linear("down_proj", hidden, width, options);
}

function addExperts(
  scope: ModuleScope,
  config: ConfigReader,
  modelType: string,
  widths: FeedForwardWidths,
): void {
  const hidden = config.required("hidden_size");
  const { experts, activeExperts, expert, shared } = widths;
  const latent = widths.latent ?? hidden;
  const bias = modelType === "gpt_oss";
  const container = containerName(modelType);
  const at = container === undefined ? scope : scope.in(container);
  at.linear(container === undefined ? "router" : "gate", experts, hidden, {
    plain: true,
    shards: "none",
    bias,
  });
  if (latent !== hidden) {
    at.copied("latent_down_proj", latent, hidden);
    at.copied("latent_up_proj", hidden, latent);
  }
  addNetwork(at.in("experts"), modelType, expert, latent, {
    bias,
    copies: experts,
    activeCopies: activeExperts,
  });
  if (shared > 0) {
    const gateOfOne = config.has("shared_expert_intermediate_size");
    addNetwork(at.in(gateOfOne ? "shared_expert" : "shared_experts"), modelType, shared, hidden);
    if (gateOfOne) at.copied("shared_expert_gate", 1, hidden, true);
  }
}

/** What holds router and experts; in Gemma 4 they stand beside the dense network, in the layer itself. */
function containerName(modelType: string): string | undefined {
  if (modelType.startsWith("gemma4")) return undefined;
  if (modelType.startsWith("minimax") || modelType === "mixtral" || modelType === "kimi_linear")
    return "block_sparse_moe";
  if (modelType === "nemotron_h") return "mixer";
  if (modelType === "deepseek_v4" || modelType === "deepseek_ref") return "ffn";
  return modelType.startsWith("step3p") ? "moe" : "mlp";
}
