import { classDefaults } from "./class-defaults.ts";
import { ConfigReader } from "./config-reader.ts";
import { type FeedForwardWidths, feedForwardWidths } from "./feed-forward-layer.ts";
import { InvalidModelConfigJsonError } from "./invalid-model-config-json-error.ts";
import { addDraftLayers, addLanguageModel } from "./language-model.ts";
import { type LayerPlan, planLayers } from "./layer-plan.ts";
import type { CacheLayer, LayerCache, ModelShape, WeightModule } from "./model-shape.ts";
import { ModuleScope } from "./module-scope.ts";
import { dominantDtype, sumModules } from "./module-sizes.ts";
import { PLAIN, plainBytes, plainName, type Quantization, readQuantization } from "./quantization.ts";
import { quantizeShape } from "./quantize-shape.ts";
import { maxPositions, rotaryTableValues } from "./rope.ts";
import { storedBytes } from "./stored-bytes.ts";
import { UnknownDtypeError } from "./unknown-dtype-error.ts";
import { addVisionTower } from "./vision-tower.ts";

/** What is known of a checkpoint beside its `config.json`. */
export interface ParseModelConfigOptions {
  /** Bytes of all tensors: `metadata.total_size` of the safetensors index, or the sum of the files without their headers. */
  readonly safetensorsBytes?: number | undefined;
  /** Content of `hf_quant_config.json`, where older checkpoints of NVIDIA describe their quantisation. */
  readonly quantizationConfig?: unknown;
  /** Format to which a runtime brings the linear layers, such as `fp8`; the head stays as it is. */
  readonly quantization?: string | undefined;
}

const TIED = "tie_word_embeddings";

/**
 * Size and shape of the model that a Hugging Face `config.json` describes.
 *
 * @throws {@link InvalidModelConfigJsonError} where a field that the size depends on is absent or of the wrong kind.
 * @throws {@link UnknownDtypeError} where a number format is not known.
 */
export function parseModelConfig(config: unknown, options: ParseModelConfigOptions = {}): ModelShape {
  const whole = new ConfigReader(config);
  const { text, modelType } = textConfig(whole);
  const activationDtype = readActivationDtype(whole, text);
  const activationBytes = plainBytes(activationDtype) ?? 2;
  const quantization = statedQuantization(whole, text, options.quantizationConfig);
  const found = new Map<string, WeightModule>();
  const scope = new ModuleScope(found, {
    plain: { kind: "plain", bytesPerValue: activationBytes },
    schemeOf: (path) => quantization?.schemeOf(path),
  });
  const plans = planLayers(text, modelType);
  const tied = text.flag(false, TIED);
  const model = { config: text, modelType, plans, activationBytes, tied };
  const caches = addLanguageModel(scope, model);
  addDraftLayers(scope, model);
  const vision = addVisionTower(scope, whole, text.required("hidden_size"));
  const modules = [...found.values()];
  const sizes = sumModules(modules, tied);
  const stored = storedBytes(sizes, options.safetensorsBytes);
  const shape: ModelShape = {
    architecture: architectureOf(whole, text),
    modelType: whole.text("model_type") ?? modelType,
    ...sizes.counts,
    ...stored,
    activeWeightsBytes: Math.round(sizes.activeBytes * (stored.weightsBytes / sizes.bytes)),
    dtype: dominantDtype(modules, activationDtype),
    activationDtype,
    kvDtype: quantization?.kvDtype ?? activationDtype,
    ...shapeOf(text, modelType, plans),
    tiedEmbeddings: tied,
    modules,
    caches: mergeCaches(caches),
    ...(vision && { vision }),
  };
  return options.quantization === undefined ? shape : quantizeShape(shape, options.quantization);
}

function textConfig(whole: ConfigReader): { text: ConfigReader; modelType: string } {
  const nested = whole.object("text_config");
  const inner = nested?.object("text_config") ?? nested ?? whole;
  const wholeType = whole.text("model_type") ?? "";
  const modelType = inner.text("model_type") ?? (nested === undefined ? wholeType : `${wholeType}_text`);
  if (modelType === "")
    throw new InvalidModelConfigJsonError("model_type", "the name of a model type", undefined);
  // What the wrapper says of its text model goes before what the text model's class says.
  const outer = whole.has(TIED) && { [TIED]: whole.flag(false, TIED) };
  return { text: inner.over({ ...classDefaults(modelType, nested !== undefined), ...outer }), modelType };
}

function architectureOf(whole: ConfigReader, text: ConfigReader): string {
  const architectures = whole.value("architectures") ?? text.value("architectures");
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof first === "string" ? first : "";
}

function readActivationDtype(whole: ConfigReader, text: ConfigReader): ModelShape["activationDtype"] {
  const stated = text.text("torch_dtype") ?? whole.text("torch_dtype") ?? "bfloat16";
  const name = plainName(stated);
  if (name === undefined) throw new UnknownDtypeError("torch_dtype", stated, PLAIN);
  return name;
}

/** The field of `config.json` before the file of its own. */
function statedQuantization(
  whole: ConfigReader,
  text: ConfigReader,
  file: unknown,
): Quantization | undefined {
  const stated =
    whole.object("quantization_config") ??
    text.object("quantization_config") ??
    (file === undefined ? undefined : new ConfigReader(file, "hf_quant_config.json").object("quantization"));
  return stated === undefined ? undefined : readQuantization(stated, text.text("expert_dtype"));
}

function shapeOf(config: ConfigReader, modelType: string, plans: readonly LayerPlan[]) {
  const widths: FeedForwardWidths = feedForwardWidths(config, modelType);
  const attentionHeads = config.required("num_attention_heads");
  const latent = plans.some(({ mixer }) => mixer.kind === "mla" || mixer.kind === "compressed");
  const shared = plans.some(({ feedForward }) => feedForward !== "experts" && feedForward !== "none");
  const expertFields = widths.experts > 0 && {
    experts: widths.experts,
    activeExperts: widths.activeExperts,
    expertIntermediateSize: widths.expert,
  };
  return {
    layers: plans.length,
    hiddenSize: config.required("hidden_size"),
    intermediateSize: Math.max(shared ? widths.dense : 0, widths.shared),
    vocabularySize: config.required("vocab_size"),
    attentionHeads,
    // Latents are of all heads at once, and every rank keeps them whole.
    keyValueHeads: latent ? attentionHeads : (config.positive("num_key_value_heads") ?? attentionHeads),
    maxPositionEmbeddings: maxPositions(config, modelType),
    rotaryTableValues: rotaryTableValues(config, modelType),
    ...expertFields,
  };
}

/** Layers that keep the same become one entry. */
function mergeCaches(caches: readonly LayerCache[]): readonly CacheLayer[] {
  const merged = new Map<string, CacheLayer>();
  for (const cache of caches) {
    const key = JSON.stringify(cache);
    merged.set(key, { ...cache, layers: (merged.get(key)?.layers ?? 0) + 1 });
  }
  return [...merged.values()];
}
