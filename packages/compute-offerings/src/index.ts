// What a model needs
export type { EstimateVramOptions, VramEstimate } from "./estimate/vram-estimate.ts";
export { estimateVram } from "./estimate/estimate-vram.ts";
export type { CacheLayer, ModelShape, VisionShape, WeightModule, WeightScheme } from "./model/model-shape.ts";
export type { ParseModelConfigOptions } from "./model/parse-model-config.ts";
export { parseModelConfig } from "./model/parse-model-config.ts";
// What runs it
export { LM_LITE_PROFILE } from "./runtimes/lm-lite-profile.ts";
export type { VllmProfileOptions } from "./runtimes/vllm-profile.ts";
export { vllmProfile } from "./runtimes/vllm-profile.ts";
// The catalogue of GPUs
export type { Gpu, GpuGrade, GpuLink } from "./catalogue/gpu.ts";
export type { GpuName } from "./catalogue/gpus.ts";
export { GPUS } from "./catalogue/gpus.ts";
export { resolveGpu } from "./catalogue/resolve-gpu.ts";
// The choice of an offering
export type { Objective, OfferingConstraints } from "./select/constraints.ts";
export type { OfferingWorkload, PlannedModel } from "./select/workload.ts";
export type { Selection, SelectOfferingOptions } from "./select/select-offering.ts";
export { selectOffering } from "./select/select-offering.ts";
export type { Bound } from "./select/roofline.ts";
export type { ModelSpeed } from "./select/layout.ts";
export type { PlannedModelMemory } from "./select/plan.ts";
export type { Plan } from "./select/plan.ts";
export type { PlanJson, PlannedGpu, PlannedPlacement } from "./select/plan-json.ts";
export type { Rejection, RejectionCode, RejectionReason } from "./select/rejection.ts";
export type { WayOut } from "./select/way-out.ts";
// Errors
export type { ModelShortage } from "./select/model-shortage.ts";
export { InsufficientVramError } from "./select/insufficient-vram-error.ts";
export { InvalidConstraintError } from "./select/invalid-constraint-error.ts";
export { InvalidEstimateOptionError } from "./estimate/invalid-estimate-option-error.ts";
export { InvalidModelConfigJsonError } from "./model/invalid-model-config-json-error.ts";
export { InvalidWorkloadError } from "./select/invalid-workload-error.ts";
export { MaxModelLenError } from "./estimate/max-model-len-error.ts";
export { NoOfferingError } from "./select/no-offering-error.ts";
export { UnknownDtypeError } from "./model/unknown-dtype-error.ts";
export { UnknownVllmVersionError } from "./runtimes/unknown-vllm-version-error.ts";
export { UnsupportedDtypeError } from "./estimate/unsupported-dtype-error.ts";
