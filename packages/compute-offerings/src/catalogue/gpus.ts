import type { Gpu } from "./gpu.ts";
import { gpuLine } from "./gpu-line.ts";

// In GB/s and direction.
const PCIE_3 = 15.75;
const PCIE_4 = 31.5;
const PCIE_5 = 63;

/**
 * Cards by die and market. Of each card: nominal GiB | what programs find: a reading of PyTorch in GiB, one of nvidia-smi in MiB, or nothing |
 * GB/s | dense TFLOP/s in BF16, and in FP8 and FP4 where they are no multiples | link, with GB/s of both directions | RunPod's id where it is
 * not the name behind NVIDIA, or NVIDIA GeForce. Where each fact was taken from stands in `gpu-sources.ts`.
 */
const CARDS = {
  // GB110
  ...gpuLine("BLACKWELL", "10.3", PCIE_5, "DATA_CENTER", {
    B300: "288|275040|7750|2250 4500 13125|BUILT_IN 1800|NVIDIA B300 SXM6 AC",
  }),
  // GB100
  ...gpuLine("BLACKWELL", "10.0", PCIE_5, "DATA_CENTER", {
    B200: "180|178.36|7700|2250|BUILT_IN 1800",
  }),
  // GB20X
  ...gpuLine("BLACKWELL", "12.0", PCIE_5, "DATA_CENTER", {
    RTX_PRO_6000_BLACKWELL_SERVER: "96|97887|1792|467.8||NVIDIA RTX PRO 6000 Blackwell Server Edition",
    RTX_PRO_4500_BLACKWELL_SERVER: "32||800|219.8 439.5 879||NVIDIA RTX PRO 4500 Blackwell Server Edition",
  }),
  ...gpuLine("BLACKWELL", "12.0", PCIE_5, "WORKSTATION", {
    RTX_PRO_4500_BLACKWELL: "32||896|219.8 439.5 879||NVIDIA RTX PRO 4500 Blackwell",
    RTX_PRO_6000_BLACKWELL_WORKSTATION:
      "96|97887|1792|503.8||NVIDIA RTX PRO 6000 Blackwell Workstation Edition",
    RTX_PRO_6000_BLACKWELL_MAX_Q:
      "96|97887|1792|440.4||NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
  }),
  ...gpuLine("BLACKWELL", "12.0", PCIE_5, "CONSUMER", {
    RTX_5090: "32|32607|1792|209.5",
    RTX_5080: "16|15.48|960|112.6 225.1 900.4",
  }),
  // GH100
  ...gpuLine("HOPPER", "9.0", PCIE_5, "DATA_CENTER", {
    H100_80GB_HBM3: "80|79.19|3350|989|BUILT_IN 900",
    H200: "141|143771|4800|989|BUILT_IN 900",
    H100_NVL: "94|95830|3900|835 1671|BRIDGE 600",
    H100_PCIE: "80|79.19|2000|756.5|BRIDGE 600|NVIDIA H100 PCIe",
    H200_NVL: "141|143771|4800|835 1671|BRIDGE 900",
  }),
  // AD10X
  ...gpuLine("ADA", "8.9", PCIE_4, "DATA_CENTER", {
    L40S: "48|46068|864|362.05 733",
    L4: "24|23034|300|121",
    L40: "48|46068|864|181.05 362",
  }),
  ...gpuLine("ADA", "8.9", PCIE_4, "WORKSTATION", {
    RTX_4000_ADA: "20||360|106.9||NVIDIA RTX 4000 Ada Generation",
    RTX_6000_ADA: "48|49140|960|364.2 728.5||NVIDIA RTX 6000 Ada Generation",
    RTX_4000_SFF_ADA: "20||280|76.7||NVIDIA RTX 4000 SFF Ada Generation",
    RTX_5000_ADA: "32||576|261.1||NVIDIA RTX 5000 Ada Generation",
  }),
  // AD107: 8 lanes
  ...gpuLine("ADA", "8.9", PCIE_4 / 2, "WORKSTATION", {
    RTX_2000_ADA: "16||224|48 95.9||NVIDIA RTX 2000 Ada Generation",
  }),
  // AD10X
  ...gpuLine("ADA", "8.9", PCIE_4, "CONSUMER", {
    RTX_4090: "24|23.52|1008|165.2 330.3",
    RTX_4080_SUPER: "16||736|104.4",
    RTX_4070_TI: "12||504|80.2||NVIDIA GeForce RTX 4070 Ti",
    RTX_4080: "16||717|97.5 194.9",
  }),
  // GA100
  ...gpuLine("AMPERE", "8.0", PCIE_4, "DATA_CENTER", {
    A100_80GB_PCIE: "80||1935|312|BRIDGE 600|NVIDIA A100 80GB PCIe",
    A100_SXM4_80GB: "80||2039|312|BUILT_IN 600|NVIDIA A100-SXM4-80GB",
    A30: "24|23.53|933|165|BRIDGE 200",
  }),
  // GA10X
  ...gpuLine("AMPERE", "8.6", PCIE_4, "DATA_CENTER", {
    A40: "48|46068|696|149.7|BRIDGE 112.5",
  }),
  ...gpuLine("AMPERE", "8.6", PCIE_4, "WORKSTATION", {
    RTX_A5000: "24|24564|768|111.1|BRIDGE 112.5",
    RTX_A4500: "20||640|94.6|BRIDGE 112.5",
    RTX_A6000: "48|49140|768|154.8|BRIDGE 112.5",
    RTX_A4000: "16||448|76.7",
    RTX_A2000: "6||288|31.9",
  }),
  ...gpuLine("AMPERE", "8.6", PCIE_4, "CONSUMER", {
    RTX_3090: "24|23.58|936|71.2|BRIDGE 112.5",
    RTX_3080_TI: "12||912|68.2||NVIDIA GeForce RTX 3080 Ti",
    RTX_3080: "10||760|59.5",
    RTX_3070: "8|7.78|448|40.6",
    RTX_3090_TI: "24|23.58|1008|80|BRIDGE 112.5|NVIDIA GeForce RTX 3090 Ti",
  }),
  // GV100
  ...gpuLine("VOLTA", "7.0", PCIE_3, "DATA_CENTER", {
    V100_PCIE_16GB: "16||897|112||Tesla V100-PCIE-16GB",
    V100_FHHL_16GB: "16||829|105||Tesla V100-FHHL-16GB",
    V100_SXM2_16GB: "16||900|125|BUILT_IN 300|Tesla V100-SXM2-16GB",
    V100_SXM2_32GB: "32||900|125|BUILT_IN 300|Tesla V100-SXM2-32GB",
  }),
  // MI300
  ...gpuLine("CDNA3", "gfx942", PCIE_5, "DATA_CENTER", {
    MI300X_OAM: "192|196592|5300|1307.4 2614.9|BUILT_IN 896|AMD Instinct MI300X OAM",
  }),
};

/** Key of the catalogue. The names that RunPod's published list has are kept. */
export type GpuName = keyof typeof CARDS;

/** The catalogue, by name. */
export const GPUS: Readonly<Record<GpuName, Gpu & { readonly name: GpuName }>> = CARDS;
