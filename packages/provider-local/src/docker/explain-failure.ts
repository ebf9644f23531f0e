import type { ProviderError } from "@conduit/types";
import type { DockerRefusedError } from "./errors/docker-refused-error.ts";
import { ImageNotFoundError } from "./errors/image-not-found-error.ts";
import { NotEnoughDiskError } from "./errors/not-enough-disk-error.ts";
import { NvidiaToolkitMissingError } from "./errors/nvidia-toolkit-missing-error.ts";
import { PortTakenError } from "./errors/port-taken-error.ts";

const NO_GPU_DRIVER =
  /could not select device driver|nvidia-container-cli|unknown or invalid runtime name: nvidia|CDI devices?|libnvidia-ml/i;
const PORT_TAKEN = /port is already allocated|address already in use/i;
const DISK_FULL = /no space left on device/i;

/** The failure that Docker means by its words; it has no codes. */
export function explainFailure(error: DockerRefusedError): ProviderError {
  return explainReason(error.reason, error) ?? error;
}

/** The failure that Docker means by these words, where they are known. */
export function explainReason(reason: string, cause?: unknown): ProviderError | undefined {
  if (NO_GPU_DRIVER.test(reason)) return new NvidiaToolkitMissingError(reason, { cause });
  if (PORT_TAKEN.test(reason)) return new PortTakenError(reason, { cause });
  if (DISK_FULL.test(reason)) {
    return new NotEnoughDiskError("room on Docker's disk", `Docker answered: ${reason}`, { cause });
  }
  const image = /No such image: (\S+)/i.exec(reason)?.[1];
  return image === undefined ? undefined : new ImageNotFoundError(image, reason, { cause });
}
