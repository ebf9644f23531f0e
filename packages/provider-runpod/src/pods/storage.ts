import type { RunpodMounts } from "../api/wire.ts";
import type { RunpodProviderOptions } from "../runpod-options.ts";

/** Where a pod keeps what outlasts its container, and with it the weights. */
export const VOLUME_PATH = "/workspace";

const GB = 1e9;
/** What goes on a volume beside the weights: tokenizers, other files of their repositories, and room for a file system. */
const SPARE_GB = 10;
const DEFAULT_CONTAINER_DISK_GB = 20;
/** The least that RunPod makes a volume of. */
const LEAST_VOLUME_GB = 10;
/** Dollars for a GB and month of a running pod, of its disk as of its volume. */
const MICRO_DOLLARS_PER_GB_AND_MONTH = 100_000;
/** RunPod's months have 30 days. */
const HOURS_PER_MONTH = 720;

/** Disk and mounts of a pod. */
export interface PodStorage {
  /** GB of the container's disk, which is lost when the pod stops. */
  readonly disk: number;
  readonly mounts: RunpodMounts;
}

/** Storage of a pod whose GPUs hold so many bytes together. */
export function storageOf(
  { networkVolumeId, weightsBytes, containerDiskGb, overrides = {} }: RunpodProviderOptions,
  gpuBytes: number,
): PodStorage {
  const { disk = containerDiskGb ?? DEFAULT_CONTAINER_DISK_GB, mounts } = overrides;
  if (mounts !== undefined) return { disk, mounts };
  if (networkVolumeId !== undefined) {
    return { disk, mounts: { network: [{ volumeId: networkVolumeId, path: VOLUME_PATH }] } };
  }
  const size = Math.max(LEAST_VOLUME_GB, Math.ceil((weightsBytes ?? gpuBytes) / GB) + SPARE_GB);
  return { disk, mounts: { persistent: { size, path: VOLUME_PATH } } };
}

/** What a pod's storage costs an hour while it runs. A network volume is billed by itself, with or without pods. */
export function storageMicroDollarsPerHour({ disk, mounts }: PodStorage): number {
  const sizeGb = disk + (mounts.persistent?.size ?? 0);
  return (sizeGb * MICRO_DOLLARS_PER_GB_AND_MONTH) / HOURS_PER_MONTH;
}
