import { sumOf } from "../sum-of.ts";
import type { ConfigReader } from "./config-reader.ts";

/** Longest sequence of families whose files may leave it out. */
const CLASS_DEFAULT = 2048;

/**
 * Longest sequence in tokens. `max_position_embeddings` is what the model was extended to where its file says what it was extended
 * from (`original_max_position_embeddings`), and what the factor is to be applied to where it does not, as for YaRN in Qwen2.5's cards.
 */
export function maxPositions(config: ConfigReader, modelType: string): number {
  const stated = config.integer("max_position_embeddings") ?? CLASS_DEFAULT;
  const scaling = config.object("rope_scaling");
  const type = scaling?.text("rope_type") ?? "default";
  const factor = scaling?.value("factor");
  if (typeof factor !== "number" || factor <= 1) return stated;
  // Extended in training: the file's own figure holds. vLLM leaves these types out of its scaling, too.
  if (/^(llama3|longrope|su|mrope|proportional)$/.test(type) || modelType.startsWith("gemma3")) return stated;
  const original = scaling?.integer("original_max_position_embeddings");
  if (original !== undefined) return Math.max(stated, Math.round(original * factor));
  return Math.round(stated * factor);
}

/**
 * Values of the tables of cosines and sines that a runtime keeps: positions times the width that is rotated, for each kind of layer that
 * has frequencies of its own. Linear and dynamic scaling lengthen the table beyond what the model was trained for (`rotary_embedding` of
 * vLLM); Gemma 3 and MiMo-V2 have a second one, unscaled, for layers with a window.
 */
export function rotaryTableValues(config: ConfigReader, modelType: string): number {
  const tables = config.object("rope_parameters");
  const byLayer = ["full_attention", "sliding_attention"].filter((type) => isObject(tables?.value(type)));
  const head = headDimension(config);
  if (tables !== undefined && byLayer.length > 0) {
    return sumOf(byLayer, (type) => {
      const width = type === "full_attention" ? (config.integer("global_head_dim") ?? head) : head;
      const share = tables.object(type)?.number("partial_rotary_factor") ?? 1;
      return tablePositions(config, tables.object(type), modelType) * Math.round(width * share);
    });
  }
  const rotated = rotaryDimension(config, head);
  const first = tablePositions(config, config.object("rope_scaling") ?? tables, modelType) * rotated;
  const second = modelType.startsWith("gemma3") || config.has("swa_rope_theta");
  return first + (second ? maxPositions(config, modelType) * rotated : 0);
}

function tablePositions(config: ConfigReader, scaling: ConfigReader | undefined, modelType: string): number {
  const longest = maxPositions(config, modelType);
  const factor = scaling?.value("factor");
  const lengthened = /^(linear|dynamic)$/.test(scaling?.text("rope_type") ?? "");
  if (!lengthened || typeof factor !== "number") return longest;
  return Math.max(longest, Math.round((config.integer("max_position_embeddings") ?? 0) * factor));
}

/** Width of a head that no field of its own gives another. */
export function headDimension(config: ConfigReader): number {
  return (
    config.integer("head_dim") ?? config.required("hidden_size") / config.required("num_attention_heads")
  );
}

function rotaryDimension(config: ConfigReader, head: number): number {
  const latent = config.integer("qk_rope_head_dim");
  if (latent !== undefined) return latent;
  const share =
    config.number("partial_rotary_factor") ??
    config.object("rope_parameters")?.number("partial_rotary_factor") ??
    1;
  return config.integer("rotary_dim") ?? Math.round(head * share);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
