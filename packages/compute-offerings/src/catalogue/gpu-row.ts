import type { GpuArchitecture } from "@conduit/types";
import { GIB, MIB } from "../bytes.ts";
import { supportsNatively } from "../runtimes/native-support.ts";
import type { Gpu, GpuGrade, GpuLink } from "./gpu.ts";

/** What cards of one die and market share: generation, compute capability, PCIe in GB/s and direction, grade. */
type Line = readonly [GpuArchitecture, string, number, GpuGrade];

const PCIE_3 = 15.75;
const PCIE_4 = 31.5;
const PCIE_5 = 63;

const LINES = {
  GV100: ["VOLTA", "7.0", PCIE_3, "DATA_CENTER"],
  GA100: ["AMPERE", "8.0", PCIE_4, "DATA_CENTER"],
  GA10X_CENTER: ["AMPERE", "8.6", PCIE_4, "DATA_CENTER"],
  GA10X_WORKSTATION: ["AMPERE", "8.6", PCIE_4, "WORKSTATION"],
  GA10X_CONSUMER: ["AMPERE", "8.6", PCIE_4, "CONSUMER"],
  AD10X_CENTER: ["ADA", "8.9", PCIE_4, "DATA_CENTER"],
  AD10X_WORKSTATION: ["ADA", "8.9", PCIE_4, "WORKSTATION"],
  AD107_WORKSTATION: ["ADA", "8.9", PCIE_4 / 2, "WORKSTATION"], // 8 lanes
  AD10X_CONSUMER: ["ADA", "8.9", PCIE_4, "CONSUMER"],
  GH100: ["HOPPER", "9.0", PCIE_5, "DATA_CENTER"],
  GB100: ["BLACKWELL", "10.0", PCIE_5, "DATA_CENTER"],
  GB110: ["BLACKWELL", "10.3", PCIE_5, "DATA_CENTER"],
  GB20X_CENTER: ["BLACKWELL", "12.0", PCIE_5, "DATA_CENTER"],
  GB20X_WORKSTATION: ["BLACKWELL", "12.0", PCIE_5, "WORKSTATION"],
  GB20X_CONSUMER: ["BLACKWELL", "12.0", PCIE_5, "CONSUMER"],
  MI300: ["CDNA3", "gfx942", PCIE_5, "DATA_CENTER"],
} as const satisfies Record<string, Line>;

/** What the driver of an RTX 3090 keeps back: nvidia-smi has 24576 MiB, PyTorch 23.58 GiB. */
const RESERVED_MIB = 430;

/** A row of the catalogue in the units that data sheets use, its columns as `ROWS` describes them. */
export function gpuRow(name: string, row: string): Omit<Gpu, "name"> {
  const [die, nominalGib, usable = "", gigabytesPerSecond, rates = "", links = "", id] = row.split("|");
  const [architecture, computeCapability, pcie, grade]: Line = LINES[die as keyof typeof LINES];
  const isConsumer = grade === "CONSUMER";
  const maker = isConsumer ? "NVIDIA GeForce" : "NVIDIA";
  const runpodId = id ?? `${maker} ${name.replaceAll("_", " ")}`;
  const [bf16, fp8, fp4] = rates.split(" ");
  const [link = "NONE", linkGigabytesPerSecond = "0"] = links.split(" ").filter(Boolean);
  const rate = (type: keyof Gpu["denseFlopsPerSecond"], dtype: string, multiple: number, stated?: string) =>
    supportsNatively(dtype, architecture)
      ? { [type]: stated === undefined ? Number(bf16) * 1e12 * multiple : Number(stated) * 1e12 }
      : {};
  const memoryBytes = Number(nominalGib) * GIB;
  return {
    runpodId,
    vendor: runpodId.startsWith("AMD") ? "AMD" : "NVIDIA",
    architecture,
    computeCapability,
    grade,
    memoryBytes,
    usableMemoryBytes:
      usable === ""
        ? memoryBytes - RESERVED_MIB * MIB
        : Math.floor(Number(usable) * (usable.includes(".") ? GIB : MIB)),
    bandwidthBytesPerSecond: Number(gigabytesPerSecond) * 1e9,
    denseFlopsPerSecond: {
      ...rate("fp16", "float16", 1),
      ...rate("bf16", "bfloat16", 1),
      // Accumulating in FP32 halves the rates of wider floats on GeForce cards.
      ...rate("int8", "int8", isConsumer ? 4 : 2),
      ...rate("fp8", "fp8", 2, fp8),
      ...rate("fp4", "nvfp4", isConsumer ? 8 : 4, fp4),
    },
    link: link as GpuLink,
    linkBytesPerSecond: (Number(linkGigabytesPerSecond) / 2) * 1e9,
    pcieBytesPerSecond: pcie * 1e9,
  };
}
