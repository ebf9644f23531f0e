import { LLAMA4_VISION_DEFAULTS } from "./class-defaults.ts";
import { ConfigReader } from "./config-reader.ts";
import type { ModuleScope } from "./module-scope.ts";

/** Encoders whose networks gate, with three matrices. */
const GATED = /^(gemma4_vision|pixtral|qwen2_5_vl)/;

/** What there is to know of an encoder beside its matrices. */
export interface VisionTower {
  readonly tokensPerImage: number;
  /** Copies of an image's tokens that go into the language model: one, and one per layer of DeepStack. */
  readonly streams: number;
}

/**
 * Reads `vision_config` and writes down the matrices of the encoder, and of what brings its outputs to the language model's width.
 * Biases and norms, a thousandth of them, are left out.
 */
export function addVisionTower(
  scope: ModuleScope,
  config: ConfigReader,
  textHidden: number,
): VisionTower | undefined {
  const llama4 = config.text("model_type") === "llama4";
  const vision =
    config.object("vision_config") ?? (llama4 ? new ConfigReader(LLAMA4_VISION_DEFAULTS) : undefined);
  const hidden = vision?.optionalInteger("hidden_size");
  if (vision === undefined || hidden === undefined) return undefined;
  const at = scope.in("visual", "vision");
  const layers = vision.integer("num_hidden_layers") + (vision.optionalInteger("num_global_layers") ?? 0);
  const width =
    vision.optionalInteger("intermediate_size") ??
    Math.round(hidden * (vision.optionalNumber("mlp_ratio") ?? 4));
  const type = vision.text("model_type") ?? "";
  const attention = vision.optionalInteger("qkv_hidden_size") ?? hidden;
  for (let layer = 0; layer < layers; layer++) {
    const block = at.in(`blocks.${layer}`);
    block.linear("attn.qkv", 3 * attention, hidden, { plain: true });
    block.linear("attn.proj", hidden, attention, { plain: true });
    if (GATED.test(type)) block.linear("mlp.gate_proj", width, hidden, { plain: true });
    block.linear("mlp.fc1", width, hidden, { plain: true });
    block.linear("mlp.fc2", hidden, width, { plain: true });
  }
  const patch = vision.optionalInteger("patch_size") ?? 14;
  const frames = vision.optionalInteger("temporal_patch_size") ?? 1;
  at.linear("patch_embed", hidden, 3 * frames * patch * patch, { plain: true });
  at.copied("pos_embed", positionCount(vision, patch, type), hidden, true);
  const merge = mergeSize(vision);
  addProjector(at, vision, hidden, merge, textHidden);
  const streams = 1 + (vision.numbers("deepstack_visual_indexes")?.length ?? 0);
  return { tokensPerImage: tokensPerImage(config, vision, patch, merge), streams };
}

function positionCount(vision: ConfigReader, patch: number, type: string): number {
  const height = vision.optionalInteger("init_pos_emb_height");
  if (height !== undefined) return height * vision.integer("init_pos_emb_width");
  // Gemma 4 has one table per axis.
  const perAxis = vision.optionalInteger("position_embedding_size");
  if (perAxis !== undefined) return 2 * perAxis;
  const image = vision.optionalInteger("image_size");
  const learned = image === undefined || type === "pixtral" ? 0 : Math.floor(image / patch) ** 2;
  return vision.optionalInteger("num_position_embeddings") ?? learned;
}

/** Neighbouring patches that become one token, along one side of the square. */
function mergeSize(vision: ConfigReader): number {
  const kernel = vision.value("merge_kernel_size");
  if (Array.isArray(kernel) && typeof kernel[0] === "number") return kernel[0];
  return vision.optionalInteger("spatial_merge_size") ?? 1;
}

function addProjector(
  at: ModuleScope,
  vision: ConfigReader,
  hidden: number,
  merge: number,
  textHidden: number,
): void {
  const out = vision.optionalInteger("out_hidden_size") ?? textHidden;
  const merged = hidden * merge * merge;
  const projected = vision.optionalInteger("projector_input_dim");
  if (projected !== undefined) {
    at.linear("vision_adapter.fc1", projected, vision.integer("intermediate_size"), { plain: true });
    at.linear("vision_adapter.fc2", vision.integer("projector_output_dim"), projected, { plain: true });
    at.linear("multi_modal_projector", textHidden, vision.integer("projector_output_dim"), { plain: true });
    return;
  }
  // Gemma pools instead of joining patches, and projects with one matrix.
  if (vision.has("pooling_kernel_size") || vision.has("vision_use_head")) {
    at.linear("embedding_projection", textHidden, hidden, { plain: true });
    return;
  }
  const deepstack = vision.numbers("deepstack_visual_indexes") ?? [];
  for (let index = 0; index <= deepstack.length; index++) {
    const merger = at.in(`merger.${index}`);
    merger.linear("linear_fc1", merged, merged, { plain: true });
    merger.linear("linear_fc2", out, merged, { plain: true });
  }
}

/** Largest image that the family's processor lets through: Qwen 16,384 tokens of merged patches, MoonViT 4,096 patches. */
function tokensPerImage(config: ConfigReader, vision: ConfigReader, patch: number, merge: number): number {
  const stated = config.optionalInteger("vision_soft_tokens_per_image");
  if (stated !== undefined) return stated;
  if (vision.has("init_pos_emb_height")) return 4096 / (merge * merge);
  const image = vision.optionalInteger("image_size");
  return image === undefined ? 16384 : Math.ceil(image / patch / merge) ** 2;
}
