import type { GpuArchitecture } from "@conduit/types";
import type { GpuDevice } from "./gpu-device.ts";

/** What {@link parseNvidiaSmi} needs, in this order; the name comes last since it may hold anything. */
export const QUERY_FIELDS = [
  "uuid",
  "memory.total",
  "memory.free",
  "compute_cap",
  "mig.mode.current",
  "name",
];

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/**
 * The GPUs that containers can get.
 *
 * @param query What `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` prints, memory in MiB.
 * @param list What `nvidia-smi -L` prints: the instances of partitioned GPUs, whose free memory no table tells.
 */
export function parseNvidiaSmi(query: string, list: string): readonly GpuDevice[] {
  const instances = parseInstances(list);
  return query.split("\n").flatMap((line): readonly GpuDevice[] => {
    const [uuid = "", total = "", free = "", computeCapability = "", migMode = "", ...rest] = line
      .trim()
      .split(", ");
    const name = rest.join(", ");
    if (!uuid.startsWith("GPU-") || name === "") return [];
    const architecture = architectureOf(computeCapability);
    if (migMode === "Enabled") {
      return (instances.get(uuid) ?? []).map((instance) => ({
        ...instance,
        name: `${name} MIG ${instance.name}`,
        architecture,
      }));
    }
    return [
      {
        uuid,
        name,
        memoryBytes: mebibytes(total),
        freeBytes: mebibytes(free),
        architecture,
        isInstance: false,
      },
    ];
  });
}

/** The instances of each GPU, by its UUID. Drivers before 470 name them by the GPU and two numbers. */
function parseInstances(list: string): ReadonlyMap<string, readonly GpuDevice[]> {
  const instances = new Map<string, GpuDevice[]>();
  let ofGpu: GpuDevice[] = [];
  for (const line of list.split("\n")) {
    const gpu = /^GPU \d+: .*\(UUID: (GPU-[^)\s]+)\)/.exec(line)?.[1];
    if (gpu !== undefined) {
      ofGpu = [];
      instances.set(gpu, ofGpu);
    }
    const [, profile, uuid] = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[^)\s]+)\)/.exec(line) ?? [];
    if (profile === undefined || uuid === undefined) continue;
    const gibibytes = /\.(\d+)gb/.exec(profile)?.[1];
    const memoryBytes = gibibytes === undefined ? undefined : Number(gibibytes) * GIB;
    ofGpu.push({ uuid, name: profile, memoryBytes, isInstance: true });
  }
  return instances;
}

/** `[N/A]` where the GPU has no memory of its own. */
function mebibytes(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) * MIB : undefined;
}

/** By compute capability, see NVIDIA's table of CUDA GPUs. */
function architectureOf(computeCapability: string): GpuArchitecture | undefined {
  const version = Number(computeCapability);
  if (version >= 10 && version < 13) return "BLACKWELL";
  if (version >= 9 && version < 10) return "HOPPER";
  if (version >= 8.9 && version < 9) return "ADA";
  if (version >= 8) return version < 8.9 ? "AMPERE" : undefined;
  if (version >= 7.5) return "TURING";
  return version >= 7 ? "VOLTA" : undefined;
}
