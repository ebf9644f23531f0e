// The provider
export { RunpodProvider } from "./runpod-provider.ts";
export type { RunpodCloudType, RunpodOverrides, RunpodProviderOptions } from "./runpod-options.ts";
export type { CreatePodBody, RunpodMounts } from "./api/wire.ts";
// What RunPod calls things
export type { RunpodGpuId, RunpodGpuName } from "./offerings/gpus.ts";
export { GPUS } from "./offerings/gpus.ts";
export type { PodStatusMeaning } from "./pods/pod-status.ts";
export { POD_STATUSES } from "./pods/pod-status.ts";
export { runpodSecret } from "./runpod-secret.ts";
// Ways in which RunPod fails: all are ProviderErrors
export { RunpodAccountUnknownError } from "./errors/runpod-account-unknown-error.ts";
export { RunpodAnswerInvalidError } from "./errors/runpod-answer-invalid-error.ts";
export { RunpodAnswerLostError } from "./errors/runpod-answer-lost-error.ts";
export { RunpodDataCenterError } from "./errors/runpod-data-center-error.ts";
export { RunpodKeyInvalidError } from "./errors/runpod-key-invalid-error.ts";
export { RunpodKeyMissingError } from "./errors/runpod-key-missing-error.ts";
export { RunpodMachineGoneError } from "./errors/runpod-machine-gone-error.ts";
export { RunpodOfferingUnknownError } from "./errors/runpod-offering-unknown-error.ts";
export { RunpodRateLimitError } from "./errors/runpod-rate-limit-error.ts";
export { RunpodRefusedError } from "./errors/runpod-refused-error.ts";
export { RunpodSpotError } from "./errors/runpod-spot-error.ts";
export { RunpodUnavailableError } from "./errors/runpod-unavailable-error.ts";
export { RunpodUnreachableError } from "./errors/runpod-unreachable-error.ts";
