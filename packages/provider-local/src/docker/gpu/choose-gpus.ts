import type { ComputeOffering } from "@conduit/types";
import { NotEnoughGpuMemoryError } from "../errors/not-enough-gpu-memory-error.ts";
import type { GpuDevice } from "./gpu-device.ts";
import { isOffered } from "./gpu-offerings.ts";

/** What is known beside the devices themselves. */
export interface GpuUse {
  /** How many nodes have each device, by its UUID. A node that comes up has taken no memory yet. */
  readonly nodeCounts: ReadonlyMap<string, number>;
  readonly minFreeShare: number;
}

/** Whether a node can have the device: its memory is free, and no other node is about to take it. */
export function isFree(device: GpuDevice, { nodeCounts, minFreeShare }: GpuUse): boolean {
  const inUse = (nodeCounts.get(device.uuid) ?? 0) > 0;
  const { memoryBytes, freeBytes } = device;
  if (memoryBytes === undefined || freeBytes === undefined) return !inUse;
  // Nodes share a device only where somebody has said that less than half of it will do.
  return freeBytes >= memoryBytes * minFreeShare && (!inUse || minFreeShare < 0.5);
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
): readonly GpuDevice[] {
  const { gpuCount, gpu = "" } = offering;
  if (gpuCount === 0) return [];
  const ofKind = devices.filter((device) => isOffered(offering, device));
  const free = ofKind.filter((device) => isFree(device, use));
  if (free.length < gpuCount) {
    throw new NotEnoughGpuMemoryError(
      `${gpuCount} x ${gpu} with ${Math.round(use.minFreeShare * 100)} % of the memory free and no other node`,
      describe(ofKind, use),
    );
  }
  const nodeCount = ({ uuid }: GpuDevice) => use.nodeCounts.get(uuid) ?? 0;
  return free
    .toSorted((a, b) => nodeCount(a) - nodeCount(b) || (b.freeBytes ?? 0) - (a.freeBytes ?? 0))
    .slice(0, gpuCount);
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
