import type { ModelShape } from "./model-shape.ts";
import { type ParseModelConfigOptions, parseModelConfig } from "./parse-model-config.ts";
import { quantizeShape } from "./quantize-shape.ts";

/** The shape of a `config.json`, or a shape as {@link parseModelConfig} gave it, in the format that was asked for. */
export function toModelShape(model: unknown, options: ParseModelConfigOptions): ModelShape {
  if (!isModelShape(model)) return parseModelConfig(model, options);
  return options.quantization === undefined ? model : quantizeShape(model, options.quantization);
}

function isModelShape(model: unknown): model is ModelShape {
  return typeof model === "object" && model !== null && "modules" in model && "weightsSource" in model;
}
