import type { ComputeOffering, GpuArchitecture, GpuInterconnect } from "@conduit/types";
import type { Gpu } from "../catalogue/gpu.ts";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { invalidFact, type UnusableFact } from "./invalid-fact.ts";

/** What planning needs to know of an offered machine: the facts that it states, and those of the catalogue where it names a GPU. */
export interface Machine {
  /** Equal for machines on which every workload lies the same way. */
  readonly key: string;
  /** Equal for devices on which every model takes the same memory. */
  readonly deviceKey: string;
  /** Row of the catalogue; absent for GPUs that it does not have, and for machines without. */
  readonly gpu?: Gpu | undefined;
  /** Devices that hold models: GPUs, or the machine's own memory as one. */
  readonly deviceCount: number;
  /** What programs find on one device. */
  readonly usableBytes: number;
  /** Absent means the CPU. */
  readonly architecture?: GpuArchitecture | undefined;
  /** Absent where neither the offering nor the catalogue says. */
  readonly interconnect?: GpuInterconnect | undefined;
  readonly numaLocal: boolean | undefined;
  /** Between two GPUs of the machine, in one direction: the least that is sure. */
  readonly peerBytesPerSecond?: number | undefined;
}

const LEAST_USABLE_SHARE = Math.min(
  ...Object.values(GPUS).map((gpu) => gpu.usableMemoryBytes / gpu.memoryBytes),
);

/** Memory by which two statements about one card may differ, since some count in GB and some in GiB. */
const ROUNDING = 0.08;

/** The machine of an offering, or the fact that is missing. */
export function machineOf(offering: ComputeOffering): Machine | UnusableFact {
  const invalid = invalidFact(offering);
  if (invalid !== undefined) return invalid;
  if (offering.gpuCount === 0) return hostOf(offering);
  const name = resolveGpu(offering.gpu ?? "");
  const gpu = name === undefined ? undefined : GPUS[name];
  const architecture = gpu?.architecture ?? offering.architecture;
  if (architecture === undefined) return { missing: "an architecture, or a GPU of the catalogue" };
  const usableBytes = usable(gpu, offering.gpuMemoryBytes);
  if (usableBytes === undefined) return { missing: "gpuMemoryBytes, or a GPU of the catalogue" };
  const interconnect = offering.interconnect ?? builtIn(gpu);
  const { gpuCount, numaLocal } = offering;
  // How GPUs are linked matters where there are several.
  const links = gpuCount > 1 && `${interconnect ?? ""}|${numaLocal ?? ""}`;
  return {
    key: `${name ?? ""}|${architecture}|${usableBytes}|${gpuCount}|${links}`,
    deviceKey: `${architecture}|${usableBytes}`,
    gpu,
    deviceCount: gpuCount,
    usableBytes,
    architecture,
    interconnect,
    numaLocal,
    peerBytesPerSecond:
      (interconnect !== undefined && interconnect !== "PCIE" && gpu?.linkBytesPerSecond) ||
      gpu?.pcieBytesPerSecond,
  };
}

function hostOf(offering: ComputeOffering): Machine | UnusableFact {
  const usableBytes = offering.memoryBytes;
  if (usableBytes === undefined) return { missing: "memoryBytes" };
  const key = `host|${usableBytes}`;
  return { key, deviceKey: key, deviceCount: 1, usableBytes, numaLocal: offering.numaLocal };
}

/**
 * A card of the catalogue has what its row says, unless the offering states a memory that is not the row's by any rounding: then it
 * is a variant, and as much of it is usable as of the row's. Of cards that the catalogue lacks, the smallest share of any row counts.
 */
function usable(gpu: Gpu | undefined, statedBytes: number | undefined): number | undefined {
  if (gpu === undefined) return statedBytes && Math.floor(statedBytes * LEAST_USABLE_SHARE);
  if (statedBytes === undefined) return gpu.usableMemoryBytes;
  const ratio = statedBytes / gpu.memoryBytes;
  if (Math.abs(ratio - 1) <= ROUNDING) return gpu.usableMemoryBytes;
  return Math.floor(gpu.usableMemoryBytes * ratio);
}

/** What is sure without the offering's word; whether cards of one machine have bridges only the offering can say. */
function builtIn(gpu: Gpu | undefined): GpuInterconnect | undefined {
  if (gpu === undefined || gpu.link === "BRIDGE") return undefined;
  if (gpu.link === "NONE") return "PCIE";
  return gpu.vendor === "AMD" ? "INFINITY_FABRIC" : "NVLINK";
}
