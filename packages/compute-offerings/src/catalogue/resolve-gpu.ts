import { GPUS, type GpuName } from "./gpus.ts";

/** Other names of a card, as nvidia-smi, providers and other catalogues have them. */
const ALIASES: Readonly<Partial<Record<GpuName, string>>> = {
  A100_80GB_PCIE: "A100 PCIe,A100 PCIe 80GB",
  A100_SXM4_80GB: "A100 SXM,A100 SXM 80GB,A100 SXM4",
  B300: "B300 SXM6",
  H100_80GB_HBM3: "H100 SXM,H100 SXM5,H100 80GB SXM5,H100 SXM5 80GB",
  H100_PCIE: "H100 80GB PCIe",
  H200: "H200 SXM,H200 SXM5",
  MI300X_OAM: "MI300X",
  RTX_4000_SFF_ADA: "RTX 4000 Ada SFF",
  RTX_PRO_6000_BLACKWELL_SERVER: "RTX PRO 6000 SE",
  RTX_PRO_6000_BLACKWELL_WORKSTATION: "RTX PRO 6000 WK",
  RTX_PRO_4500_BLACKWELL: "RTX PRO 4500",
  V100_FHHL_16GB: "V100 FHHL",
};

/** Words that makers put around the name of a card, and that tell no two of them apart. */
const FILLER = /\b(NVIDIA|AMD|GEFORCE|TESLA|INSTINCT|QUADRO|CORPORATION|GENERATION|EDITION|GRAPHICS|GPU)\b/g;

/**
 * The row of the catalogue that a name stands for, as nvidia-smi, RunPod or another provider writes it:
 * `NVIDIA RTX 4000 Ada Generation` is `RTX_4000_ADA`. Whole names are compared, never parts of them, so that what the catalogue does
 * not have (`H100` alone, an A100 of 40 GB) is nothing instead of its neighbour.
 */
export function resolveGpu(name: string): GpuName | undefined {
  return NAMES.get(normalized(String(name)));
}

function normalized(name: string): string {
  return name
    .toUpperCase()
    .replace(/[_\-/()]+/g, " ")
    .replace(FILLER, "")
    .replace(/\s+/g, "");
}

const NAMES: ReadonlyMap<string, GpuName> = new Map(
  Object.values(GPUS).flatMap(({ name, runpodId }) =>
    [name, runpodId, ...(ALIASES[name]?.split(",") ?? [])].map((known) => [normalized(known), name] as const),
  ),
);
