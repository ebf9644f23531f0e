import { type PlannedModel, parseModelConfig } from "@conduit/compute-offerings";
import type { RuntimePlanningProfile } from "@conduit/types";
import { LM_LITE } from "../runtime-profile.ts";

/** LM Lite without GPUs, whose kernels lack mixtures of experts: the engine refuses these there at load. */
const ON_CPUS: RuntimePlanningProfile = {
  ...LM_LITE,
  supports: (dtype, architecture) => architecture === undefined && LM_LITE.supports(dtype, undefined),
};

/** What planning needs to know of an engine of these models. */
export function plannedRuntime(models: readonly PlannedModel[]): RuntimePlanningProfile {
  return models.some((model) => (parseModelConfig(model.config, model).experts ?? 0) > 0) ? ON_CPUS : LM_LITE;
}
