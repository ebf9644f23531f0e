import type { GpuArchitecture } from "@conduit/types";
import { GIB, MIB } from "../bytes.ts";
import { supportsNatively } from "../runtimes/native-support.ts";
import type { Gpu, GpuGrade, GpuLink } from "./gpu.ts";

/** What the driver of an RTX 3090 keeps back: nvidia-smi has 24576 MiB, PyTorch 23.58 GiB. */
const RESERVED_MIB = 430;

/** Cards of one die and market, by name, from rows in the units that data sheets use, their columns as `gpus.ts` describes them. */
export function gpuLine<Name extends string>(
  architecture: GpuArchitecture,
  computeCapability: string,
  pcieGigabytesPerSecond: number,
  grade: GpuGrade,
  rows: Readonly<Record<Name, string>>,
): Readonly<Record<Name, Gpu & { readonly name: Name }>> {
  const isConsumer = grade === "CONSUMER";
  const maker = isConsumer ? "NVIDIA GeForce" : "NVIDIA";
  const card = ([name, row]: [string, string]): [string, Gpu] => {
    const [nominalGib, usable = "", gigabytesPerSecond, rates = "", links = "", id] = row.split("|");
    const runpodId = id ?? `${maker} ${name.replaceAll("_", " ")}`;
    const [bf16, fp8, fp4] = rates.split(" ");
    const [link = "NONE", linkGigabytesPerSecond = "0"] = links.split(" ").filter(Boolean);
    const rate = (type: keyof Gpu["denseFlopsPerSecond"], dtype: string, multiple: number, stated?: string) =>
      supportsNatively(dtype, architecture) && {
        [type]: stated === undefined ? Number(bf16) * 1e12 * multiple : Number(stated) * 1e12,
      };
    const memoryBytes = Number(nominalGib) * GIB;
    const gpu: Gpu = {
      name,
      runpodId,
      vendor: architecture === "CDNA3" ? "AMD" : "NVIDIA",
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
      pcieBytesPerSecond: pcieGigabytesPerSecond * 1e9,
    };
    return [name, gpu];
  };
  return Object.fromEntries(Object.entries<string>(rows).map(card)) as Record<Name, Gpu & { name: Name }>;
}
