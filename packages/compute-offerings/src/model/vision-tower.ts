import { LLAMA4_VISION_DEFAULTS } from "./class-defaults.ts";
import { ConfigReader } from "./config-reader.ts";
import type { VisionShape } from "./model-shape.ts";
import type { ModuleScope } from "./module-scope.ts";

/** Encoders whose networks gate, with three matrices. */
const GATED = /^(gemma4_vision|pixtral|qwen2_5_vl)/;

/**
 * Reads `vision_config` and writes down the encoder, and what brings its outputs to the language model's width, as one matrix. Biases and
 * norms, a thousandth of it, are left out.
 */
export function addVisionTower(
  scope: ModuleScope,
  config: ConfigReader,
  textHidden: number,
): VisionShape | undefined {
  const llama4 = config.text("model_type") === "llama4";
  const vision =
    config.object("vision_config") ?? (llama4 ? new ConfigReader(LLAMA4_VISION_DEFAULTS) : undefined);
  const hidden = vision?.integer("hidden_size");
  if (vision === undefined || hidden === undefined) return undefined;
  const integer = (name: string, fallback: number) => vision.integer(name) ?? fallback;
  const layers = vision.required("num_hidden_layers") + integer("num_global_layers", 0);
  const width = integer("intermediate_size", Math.round(hidden * (vision.number("mlp_ratio") ?? 4)));
  const matrices = GATED.test(vision.text("model_type") ?? "") ? 3 : 2;
  const patch = integer("patch_size", 14);
  const merged = hidden * mergeSize(vision) ** 2;
  const streams = 1 + (vision.numbers("deepstack_visual_indexes")?.length ?? 0);
  const parameters =
    layers * hidden * (4 * integer("qkv_hidden_size", hidden) + matrices * width) +
    hidden * (3 * integer("temporal_patch_size", 1) * patch ** 2 + positionCount(vision, patch)) +
    projectorParameters(vision, hidden, merged, streams, textHidden);
  scope.in("visual", "vision").linear("tower", parameters, 1, { plain: true });
  return { parameters, tokensPerImage: tokensPerImage(config, vision, patch), streams };
}

function positionCount(vision: ConfigReader, patch: number): number {
  const height = vision.integer("init_pos_emb_height");
  if (height !== undefined) return height * vision.required("init_pos_emb_width");
  // Gemma 4 has one table per axis.
  const perAxis = vision.integer("position_embedding_size");
  if (perAxis !== undefined) return 2 * perAxis;
  const image = vision.integer("image_size");
  const learned =
    image === undefined || vision.text("model_type") === "pixtral" ? 0 : Math.floor(image / patch) ** 2;
  return vision.integer("num_position_embeddings") ?? learned;
}

/** Neighbouring patches that become one token, along one side of the square. */
function mergeSize(vision: ConfigReader): number {
  return vision.numbers("merge_kernel_size")?.[0] ?? vision.integer("spatial_merge_size") ?? 1;
}

function projectorParameters(
  vision: ConfigReader,
  hidden: number,
  merged: number,
  streams: number,
  textHidden: number,
): number {
  const projected = vision.integer("projector_input_dim");
  if (projected !== undefined) {
    const out = vision.required("projector_output_dim");
    return projected * (vision.required("intermediate_size") + out) + out * textHidden;
  }
  // Gemma pools instead of joining patches, and projects with one matrix.
  if (vision.has("pooling_kernel_size") || vision.has("vision_use_head")) return textHidden * hidden;
  return streams * merged * (merged + (vision.integer("out_hidden_size") ?? textHidden));
}

/** Largest image that the family's processor lets through: Qwen 16,384 tokens of merged patches, MoonViT 4,096 patches. */
function tokensPerImage(config: ConfigReader, vision: ConfigReader, patch: number): number {
  const merge = mergeSize(vision);
  const stated = config.integer("vision_soft_tokens_per_image");
  if (stated !== undefined) return stated;
  if (vision.has("init_pos_emb_height")) return 4096 / merge ** 2;
  const image = vision.integer("image_size");
  return image === undefined ? 16384 : Math.ceil(image / patch / merge) ** 2;
}
