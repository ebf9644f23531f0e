import type { WorkloadRequirements } from "@conduit/types";
import type { RunpodMounts } from "../api/wire.ts";
import type { RunpodProviderOptions } from "../runpod-options.ts";

/** Where a pod keeps what outlasts its container, and with it the weights. */
const VOLUME_PATH = "/workspace";

const GB = 1e9;
/** What goes on a volume beside the weights: other files of their repositories, and room for a file system. RunPod makes none smaller than this. */
const SPARE_GB = 10;
const DEFAULT_CONTAINER_DISK_GB = 20;
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

/** What the storage of a pod depends on beside the provider's options. */
export interface StorageNeeds {
  readonly requirements: WorkloadRequirements | undefined;
  /** What all GPUs of the pod hold together. */
  readonly gpuBytes: number;
}

/** Storage of a pod: of one and the same when it is offered, with its price, and when it is created. */
export function storageOf(
  { networkVolumeId, weightsBytes, containerDiskGb, overrides = {} }: RunpodProviderOptions,
  { requirements, gpuBytes }: StorageNeeds,
): PodStorage {
  const downloadBytes = requirements?.downloads?.reduce((sum, { bytes }) => sum + bytes, 0);
  const size = Math.ceil((weightsBytes ?? downloadBytes ?? gpuBytes) / GB) + SPARE_GB;
  const mounts =
    overrides.mounts ??
    (networkVolumeId === undefined
      ? { persistent: { size, path: VOLUME_PATH } }
      : { network: [{ volumeId: networkVolumeId, path: VOLUME_PATH }] });
  // Without a volume the weights lie beside the image.
  const usualDisk = DEFAULT_CONTAINER_DISK_GB + (volumePathOf(mounts) === undefined ? size : 0);
  return { disk: overrides.disk ?? containerDiskGb ?? usualDisk, mounts };
}

/** Folder of a pod in which programs that know the Hugging Face Hub keep what they download. */
export function hubFolderOf({ mounts }: PodStorage): string {
  return `${volumePathOf(mounts) ?? VOLUME_PATH}/huggingface`;
}

function volumePathOf({ persistent, network }: RunpodMounts): string | undefined {
  return (persistent?.path ?? network?.[0]?.path)?.replace(/\/+$/, "");
}

/** What a pod's storage costs an hour while it runs. A network volume is billed by itself, with or without pods. */
export function storageMicroDollarsPerHour({ disk, mounts }: PodStorage): number {
  const sizeGb = disk + (mounts.persistent?.size ?? 0);
  return (sizeGb * MICRO_DOLLARS_PER_GB_AND_MONTH) / HOURS_PER_MONTH;
}
