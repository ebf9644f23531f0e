import type { ComputeOffering } from "@conduit/types";
import type { GpuDevice } from "./gpu-device.ts";

/** `machine` with each number of its GPUs of each kind that one program can use, the most first. */
export function gpuOfferings(
  machine: ComputeOffering,
  devices: readonly GpuDevice[],
  isFree: (device: GpuDevice, offering: ComputeOffering) => boolean,
): readonly ComputeOffering[] {
  const kinds = Map.groupBy(devices, kindOf);
  return [...kinds.values()].flatMap((ofKind) => {
    const [first] = ofKind;
    if (first === undefined) return [];
    const most = first.isInstance ? 1 : ofKind.length;
    return Array.from({ length: most }, (_, index) => {
      const offering = offeringOf(machine, first, most - index);
      const freeCount = ofKind.filter((device) => isFree(device, offering)).length;
      return { ...offering, available: Math.floor(freeCount / offering.gpuCount) };
    });
  });
}

/** Whether `device` is one of those that {@link gpuOfferings} means by the offering. */
export function isOffered({ gpu, gpuMemoryBytes }: ComputeOffering, device: GpuDevice): boolean {
  return device.name === gpu && (gpuMemoryBytes === undefined || device.memoryBytes === gpuMemoryBytes);
}

function kindOf({ name, memoryBytes }: GpuDevice): string {
  return `${name}|${memoryBytes}`;
}

function offeringOf(
  machine: ComputeOffering,
  { name, memoryBytes, architecture }: GpuDevice,
  gpuCount: number,
): ComputeOffering {
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");
  const gibibytes = memoryBytes === undefined ? "" : `-${Math.round(memoryBytes / 2 ** 30)}gib`;
  return {
    ...machine,
    id: `${machine.id}-${gpuCount}x-${slug}${gibibytes}`,
    gpu: name,
    gpuCount,
    ...(memoryBytes !== undefined && { gpuMemoryBytes: memoryBytes }),
    ...(architecture !== undefined && { architecture }),
  };
}
