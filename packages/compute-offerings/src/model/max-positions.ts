import type { ConfigReader } from "./config-reader.ts";

/** Longest sequence of families whose files may leave it out. */
const CLASS_DEFAULT = 2048;

/**
 * Longest sequence in tokens. `max_position_embeddings` is what the model was extended to where its file says what it was extended
 * from (`original_max_position_embeddings`), and what the factor is to be applied to where it does not, as for YaRN in Qwen2.5's cards.
 */
export function maxPositions(config: ConfigReader, modelType: string): number {
  const stated =
    config.optionalInteger("max_position_embeddings", "n_positions", "max_seq_len", "seq_length") ??
    CLASS_DEFAULT;
  const scaling = config.object("rope_scaling") ?? config.object("rope_parameters");
  const type = scaling?.text("rope_type", "type") ?? "default";
  const factor = scaling?.value("factor");
  if (typeof factor !== "number" || factor <= 1) return stated;
  // Extended in training: the file's own figure holds. vLLM leaves these types out of its scaling, too.
  if (/^(llama3|longrope|su|mrope|proportional)$/.test(type) || modelType.startsWith("gemma3")) return stated;
  const original = scaling?.optionalInteger("original_max_position_embeddings");
  if (original !== undefined) return Math.max(stated, Math.round(original * factor));
  return Math.round(stated * factor);
}

/** Width of the part of a head that is rotated. */
export function rotaryDimension(config: ConfigReader): number {
  const latent = config.optionalInteger("qk_rope_head_dim");
  if (latent !== undefined) return latent;
  const head =
    config.optionalInteger("head_dim", "attention_head_dim") ??
    config.integer("hidden_size", "n_embd") / config.integer("num_attention_heads", "n_head");
  const share =
    config.optionalNumber("partial_rotary_factor") ??
    config.object("rope_parameters")?.optionalNumber("partial_rotary_factor") ??
    1;
  return config.optionalInteger("rotary_dim") ?? Math.round(head * share);
}
