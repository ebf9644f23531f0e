import { addAttention, addLatentAttention } from "./attention-layer.ts";
import { addCompressedAttention } from "./compressed-attention.ts";
import type { ConfigReader } from "./config-reader.ts";
import { addFeedForward } from "./feed-forward-layer.ts";
import type { LayerPlan } from "./layer-plan.ts";
import type { LayerCache } from "./model-shape.ts";
import type { ModuleScope } from "./module-scope.ts";
import { addGatedDeltaNet, addKimiDelta, addMamba } from "./recurrent-layer.ts";

/** A text model: its fields, with the class's defaults, and what its layers are made of. */
export interface LanguageModel {
  readonly config: ConfigReader;
  readonly modelType: string;
  readonly plans: readonly LayerPlan[];
  /** Bytes of one activation. */
  readonly activationBytes: number;
  /** Whether the head is the table of embeddings. */
  readonly tied: boolean;
}

/** Writes down all modules of the model and returns what its layers keep. */
export function addLanguageModel(scope: ModuleScope, model: LanguageModel): readonly LayerCache[] {
  const { config, plans, tied } = model;
  const hidden = config.required("hidden_size");
  const vocabulary = config.required("vocab_size");
  scope.in("embed_tokens", "embedding").linear("weight", vocabulary, hidden, { plain: true });
  if (!tied) scope.linear("lm_head", vocabulary, hidden);
  scope.values("norm", hidden);
  const withCache = plans.length - (config.integer("num_kv_shared_layers") ?? 0);
  return plans.flatMap((plan, index) => {
    const caches = addLayer(scope.in(`layers.${index}`), model, index, plan);
    return index < withCache ? caches : [];
  });
}

function addLayer(
  scope: ModuleScope,
  model: LanguageModel,
  index: number,
  plan: LayerPlan,
): readonly LayerCache[] {
  const { config, modelType, activationBytes } = model;
  const hidden = config.required("hidden_size");
  addFeedForward(scope, config, modelType, index, plan.feedForward);
  const norms = /^gemma[234]/.test(modelType)
    ? 4
    : plan.feedForward === "none" || plan.mixer.kind === "none"
      ? 1
      : 2;
  scope.values("norms", norms * hidden);
  switch (plan.mixer.kind) {
    case "attention":
      return [addAttention(scope, config, modelType, index, plan.mixer)];
    case "mla":
      return addLatentAttention(scope, config, plan.mixer.indexer);
    case "compressed":
      return addCompressedAttention(scope, config, plan.mixer.ratio);
    case "delta":
      return [addGatedDeltaNet(scope, config, activationBytes)];
    case "kda":
      return [addKimiDelta(scope, config, activationBytes)];
    case "mamba":
      return [addMamba(scope, config, activationBytes)];
    case "linear":
      scope.in("self_attn").linear("linear_attn", hidden, hidden);
      return [];
    case "none":
      return [];
  }
}

/** Layers of multi-token prediction: the last layer again, and a projection of two hidden states to one. */
export function addDraftLayers(scope: ModuleScope, model: LanguageModel): void {
  const { config, modelType, plans } = model;
  const count = config.integer("num_nextn_predict_layers") ?? 0;
  const hidden = config.required("hidden_size");
  const last = plans.length - 1;
  const plan = plans[last];
  if (plan === undefined) return;
  // Nemotron-H writes attention and experts as layers of their own.
  const attention = plans.findLast(({ mixer }) => mixer.kind === "attention") ?? plan;
  const experts = plans.findLast(({ feedForward }) => feedForward === "experts") ?? plan;
  const parts = modelType === "nemotron_h" ? [attention, experts] : [plan];
  for (let index = 0; index < count; index++) {
    const at = scope.in(`mtp.${index}`, "draft");
    for (const part of parts) addLayer(at, model, last, part);
    at.linear("eh_proj", hidden, 2 * hidden);
    at.values("norms", 3 * hidden);
  }
}
