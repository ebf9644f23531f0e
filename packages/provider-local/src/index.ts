export type { DockerMount, DockerOptions } from "./docker/docker-options.ts";
// Ways in which Docker fails: all are ProviderErrors
export { DockerAnswerLostError } from "./docker/errors/docker-answer-lost-error.ts";
export { DockerRefusedError } from "./docker/errors/docker-refused-error.ts";
export { DockerUnreachableError } from "./docker/errors/docker-unreachable-error.ts";
export { ImageNotFoundError } from "./docker/errors/image-not-found-error.ts";
export { NoGpuError } from "./docker/errors/no-gpu-error.ts";
export { NotEnoughDiskError } from "./docker/errors/not-enough-disk-error.ts";
export { NotEnoughGpuMemoryError } from "./docker/errors/not-enough-gpu-memory-error.ts";
export { NvidiaToolkitMissingError } from "./docker/errors/nvidia-toolkit-missing-error.ts";
export { PortTakenError } from "./docker/errors/port-taken-error.ts";
// The provider
export type { LocalMode, LocalProviderOptions } from "./local-provider.ts";
export { LocalProvider } from "./local-provider.ts";
