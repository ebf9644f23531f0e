import type { GpuArchitecture } from "@conduit/types";
import type { Gpu, GpuGrade, GpuLink, GpuSource } from "./gpu.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** What cards of one die and market share: generation, compute capability, PCIe bytes per second and direction, grade. */
type Line = readonly [GpuArchitecture, string, number, GpuGrade];

const PCIE_3 = 15.75e9;
const PCIE_4 = 31.5e9;
const PCIE_5 = 63e9;

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

/** Nominal GiB; what programs find, in MiB; GB/s. */
type Memory = readonly [nominalGib: number, usableMib: number, gigabytesPerSecond: number];
/** TFLOP/s without sparsity. */
type Rates = readonly [bf16: number, fp8?: number, fp4?: number];
/** GB/s of both directions together. */
type Link = readonly [GpuLink, gigabytesPerSecond: number];
/** Of memory, bandwidth, rates and link: letters of `SOURCES`. */
type Sources = `${string} ${string} ${string} ${string}`;

const SOURCES: Readonly<Record<string, GpuSource>> = {
  a: "aiconfigurator",
  l: "llmfit",
  v: "nvidia-smi",
  t: "torch",
  s: "same-die",
  n: "reserve",
  m: "rocm",
  d: "datasheet",
  u: "unsure-datasheet",
  e: "reviews",
  2: "fp32-x2",
  4: "fp32-x4",
};

export const NO_LINK: Link = ["NONE", 0];
/** GiB in MiB. */
export const gib = (amount: number) => amount * 1024;
/** What is left in MiB where the driver keeps back what it does on an RTX 3090. */
export const reserved = (nominalGib: number) => nominalGib * 1024 - 430;

/** A row of the catalogue, in the units that data sheets use. */
export function gpuRow(
  runpodId: string,
  line: keyof typeof LINES,
  [nominalGib, usableMib, gigabytesPerSecond]: Memory,
  [bf16, fp8, fp4]: Rates,
  [link, linkGigabytesPerSecond]: Link,
  letters: Sources,
): Omit<Gpu, "name"> {
  const [architecture, computeCapability, pcieBytesPerSecond, grade] = LINES[line];
  const [memory = [], bandwidth = [], rates = [], links = []] = letters
    .split(" ")
    .map((word) => [...word].flatMap((letter) => SOURCES[letter] ?? []));
  const tera = (rate: number | undefined, type: string) =>
    rate === undefined ? {} : { [type]: rate * 1e12 };
  return {
    runpodId,
    vendor: line === "MI300" ? "AMD" : "NVIDIA",
    architecture,
    computeCapability,
    grade,
    memoryBytes: nominalGib * GIB,
    usableMemoryBytes: Math.floor(usableMib * MIB),
    bandwidthBytesPerSecond: gigabytesPerSecond * 1e9,
    denseFlopsPerSecond: {
      ...tera(bf16, "fp16"),
      // BF16 begins with Ampere.
      ...tera(line === "GV100" ? undefined : bf16, "bf16"),
      ...tera(fp8, "fp8"),
      ...tera(fp4, "fp4"),
    },
    link,
    linkBytesPerSecond: (linkGigabytesPerSecond / 2) * 1e9,
    pcieBytesPerSecond,
    sources: { memory, bandwidth, rates, link: links, pcie: ["pci-sig"] },
  };
}
