/**
 * The GPU types that RunPod publishes, by the names of the catalogue of `@conduit/compute-offerings`: `constraints: { gpu: GPUS.L4 }` names
 * one that overrides the choice, and is still checked for fit.
 */
export const GPUS = {
  B300: "NVIDIA B300 SXM6 AC",
  B200: "NVIDIA B200",
  RTX_PRO_6000_BLACKWELL_SERVER: "NVIDIA RTX PRO 6000 Blackwell Server Edition",
  RTX_PRO_4500_BLACKWELL_SERVER: "NVIDIA RTX PRO 4500 Blackwell Server Edition",
  RTX_PRO_4500_BLACKWELL: "NVIDIA RTX PRO 4500 Blackwell",
  RTX_PRO_6000_BLACKWELL_WORKSTATION: "NVIDIA RTX PRO 6000 Blackwell Workstation Edition",
  RTX_PRO_6000_BLACKWELL_MAX_Q: "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
  RTX_5090: "NVIDIA GeForce RTX 5090",
  RTX_5080: "NVIDIA GeForce RTX 5080",
  H100_80GB_HBM3: "NVIDIA H100 80GB HBM3",
  H200: "NVIDIA H200",
  H100_NVL: "NVIDIA H100 NVL",
  H100_PCIE: "NVIDIA H100 PCIe",
  H200_NVL: "NVIDIA H200 NVL",
  L40S: "NVIDIA L40S",
  L4: "NVIDIA L4",
  L40: "NVIDIA L40",
  RTX_4000_ADA: "NVIDIA RTX 4000 Ada Generation",
  RTX_6000_ADA: "NVIDIA RTX 6000 Ada Generation",
  RTX_4000_SFF_ADA: "NVIDIA RTX 4000 SFF Ada Generation",
  RTX_5000_ADA: "NVIDIA RTX 5000 Ada Generation",
  RTX_2000_ADA: "NVIDIA RTX 2000 Ada Generation",
  RTX_4090: "NVIDIA GeForce RTX 4090",
  RTX_4080_SUPER: "NVIDIA GeForce RTX 4080 SUPER",
  RTX_4070_TI: "NVIDIA GeForce RTX 4070 Ti",
  RTX_4080: "NVIDIA GeForce RTX 4080",
  A100_80GB_PCIE: "NVIDIA A100 80GB PCIe",
  A100_SXM4_80GB: "NVIDIA A100-SXM4-80GB",
  A30: "NVIDIA A30",
  A40: "NVIDIA A40",
  RTX_A5000: "NVIDIA RTX A5000",
  RTX_A4500: "NVIDIA RTX A4500",
  RTX_A6000: "NVIDIA RTX A6000",
  RTX_A4000: "NVIDIA RTX A4000",
  RTX_A2000: "NVIDIA RTX A2000",
  RTX_3090: "NVIDIA GeForce RTX 3090",
  RTX_3080_TI: "NVIDIA GeForce RTX 3080 Ti",
  RTX_3080: "NVIDIA GeForce RTX 3080",
  RTX_3070: "NVIDIA GeForce RTX 3070",
  RTX_3090_TI: "NVIDIA GeForce RTX 3090 Ti",
  V100_PCIE_16GB: "Tesla V100-PCIE-16GB",
  V100_FHHL_16GB: "Tesla V100-FHHL-16GB",
  V100_SXM2_16GB: "Tesla V100-SXM2-16GB",
  V100_SXM2_32GB: "Tesla V100-SXM2-32GB",
  MI300X_OAM: "AMD Instinct MI300X OAM",
} as const;

export type RunpodGpuName = keyof typeof GPUS;
/** RunPod's own name of a GPU type. */
export type RunpodGpuId = (typeof GPUS)[RunpodGpuName];

const NAMES: ReadonlyMap<string, string> = new Map(Object.entries(GPUS).map(([name, id]) => [id, name]));

/** The catalogue's name of a GPU type; RunPod's own where RunPod has one that was not published when this was written. */
export function gpuNameOf(id: string): string {
  return NAMES.get(id) ?? id;
}
