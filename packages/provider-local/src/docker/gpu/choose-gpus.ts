import type { ComputeOffering } from "@conduit/types";
import { NotEnoughGpuMemoryError } from "../errors/not-enough-gpu-memory-error.ts";
import type { GpuDevice } from "./gpu-device.ts";
import { isOffered } from "./gpu-offerings.ts";

/** What is known beside the devices themselves. */
export interface GpuUse {
  /** How many nodes have each device, by its UUID. A node that comes up has taken no memory yet. */
  readonly nodeCounts: ReadonlyMap<string, number>;
  /** Share of a device's memory that has to be free, where somebody has said so. */
  readonly minFreeShare?: number | undefined;
}

/** Share of a device's memory that has to be free where nobody knows what a node takes of it. */
const DEFAULT_MIN_FREE_SHARE = 0.8;

/** Whether a node that takes so much of a device can have it: the memory is free, and no other node is about to take it. */
export function isFree(device: GpuDevice, { nodeCounts, minFreeShare }: GpuUse, vramBytes?: number): boolean {
  const inUse = (nodeCounts.get(device.uuid) ?? 0) > 0;
  const { memoryBytes, freeBytes } = device;
  if (memoryBytes === undefined) return !inUse;
  const neededBytes = neededBytesOf(memoryBytes, minFreeShare, vramBytes);
  // Of instances nobody tells what is free.
  if (freeBytes === undefined) return memoryBytes >= neededBytes && !inUse;
  // Nodes share a device only where somebody has said that less than half of it will do.
  return freeBytes >= neededBytes && (!inUse || (minFreeShare ?? 1) < 0.5);
}

function neededBytesOf(
  memoryBytes: number,
  minFreeShare: number | undefined,
  vramBytes: number | undefined,
): number {
  if (minFreeShare !== undefined) return memoryBytes * minFreeShare;
  return vramBytes ?? memoryBytes * DEFAULT_MIN_FREE_SHARE;
}

/**
 * The devices for a node: those that no other node has first, then those with the most free memory.
 *
 * @throws NotEnoughGpuMemoryError
 */
export function chooseGpus(
  offering: ComputeOffering,
  devices: readonly GpuDevice[],
  use: GpuUse,
  vramBytes?: number,
): readonly GpuDevice[] {
  const { gpuCount, gpu = "" } = offering;
  if (gpuCount === 0) return [];
  const ofKind = devices.filter((device) => isOffered(offering, device));
  const free = ofKind.filter((device) => isFree(device, use, vramBytes));
  if (free.length < gpuCount) {
    throw new NotEnoughGpuMemoryError(
      `${gpuCount} x ${gpu} with ${neededWords(use, vramBytes)} free and no other node`,
      describe(ofKind, use),
    );
  }
  const nodeCount = ({ uuid }: GpuDevice) => use.nodeCounts.get(uuid) ?? 0;
  return free
    .toSorted((a, b) => nodeCount(a) - nodeCount(b) || (b.freeBytes ?? 0) - (a.freeBytes ?? 0))
    .slice(0, gpuCount);
}

function neededWords({ minFreeShare }: GpuUse, vramBytes: number | undefined): string {
  if (minFreeShare === undefined && vramBytes !== undefined) {
    return `the ${Math.ceil(vramBytes / 2 ** 20)} MiB that its models take of each`;
  }
  return `${Math.round((minFreeShare ?? DEFAULT_MIN_FREE_SHARE) * 100)} % of the memory`;
}

function describe(devices: readonly GpuDevice[], { nodeCounts }: GpuUse): string {
  if (devices.length === 0) return "none of that kind";
  return devices
    .map(({ uuid, freeBytes, memoryBytes }) => {
      const memory = `${mebibytes(freeBytes)} of ${mebibytes(memoryBytes)} MiB free`;
      return `${uuid}: ${memory}, ${nodeCounts.get(uuid) ?? 0} other nodes`;
    })
    .join("; ");
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? "an unknown number" : String(Math.floor(bytes / 2 ** 20));
}
