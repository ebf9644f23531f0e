import type { GpuName } from "./gpus.ts";

/** Facts of a card that come with their sources. */
export type GpuFact = "memory" | "bandwidth" | "rates" | "link" | "pcie";

/** Places that facts were taken from, by the letters of `FACTS`. */
const PLACES: Readonly<Record<string, string>> = {
  a: "ai-dynamo/aiconfigurator at 095f58a",
  l: "llmfit's hardware table",
  v: "nvidia-smi's memory.total on rented machines, not PyTorch's",
  t: "PyTorch's total: llm-d-planner's report, vLLM PRs 14447 and 21489 and issue 14452, OW-DETR issue 46, RB-Modulation issue 5",
  s: "reading of a card with the same die and memory",
  n: "nominal less 430 MiB, as on an RTX 3090",
  m: "ROCm issue 4414",
  d: "vendor's data sheet",
  u: "vendor's data sheet, unconfirmed",
  e: "glennklockwood.com, hmc-tech.com, exxactcorp.com, sysrqmts.com, technical.city",
  2: "FP32 rate x 2 (GeForce), FP8 x 4, INT8 x 8, FP4 x 16",
  4: "FP32 rate x 4 (workstation, data centre), FP8 and INT8 x 8, FP4 x 16",
};

/** Sources of memory, bandwidth, rates and link. */
const FACTS: Readonly<Record<GpuName, string>> = {
  B300: "a a ae a",
  B200: "t a ae a",
  RTX_PRO_6000_BLACKWELL_SERVER: "v a a4 d",
  RTX_PRO_4500_BLACKWELL_SERVER: "n e us d",
  RTX_PRO_4500_BLACKWELL: "n e 4e d",
  RTX_PRO_6000_BLACKWELL_WORKSTATION: "s e 4e d",
  RTX_PRO_6000_BLACKWELL_MAX_Q: "s e 4e d",
  RTX_5090: "v l 2 d",
  RTX_5080: "t l 2 d",
  H100_80GB_HBM3: "t a a a",
  H200: "v a a a",
  H100_NVL: "v d d d",
  H100_PCIE: "s a a d",
  H200_NVL: "s d d d",
  L40S: "v a a d",
  L4: "v a a d",
  L40: "s l d d",
  RTX_4000_ADA: "n d 4 d",
  RTX_6000_ADA: "v d 4 d",
  RTX_4000_SFF_ADA: "n d 4 d",
  RTX_5000_ADA: "n d 4 d",
  RTX_2000_ADA: "n e 4 d",
  RTX_4090: "t e 2 d",
  RTX_4080_SUPER: "n l 2 d",
  RTX_4070_TI: "n l 2 d",
  RTX_4080: "n l 2 d",
  A100_80GB_PCIE: "n a a d",
  A100_SXM4_80GB: "n a a a",
  A30: "t a a d",
  A40: "s e e d",
  RTX_A5000: "v l 4 d",
  RTX_A4500: "n e 4 d",
  RTX_A6000: "v l 4 d",
  RTX_A4000: "n l 4 d",
  RTX_A2000: "n e 4 d",
  RTX_3090: "t l 2 d",
  RTX_3080_TI: "n l 2 d",
  RTX_3080: "n l 2 d",
  RTX_3070: "t l 2 d",
  RTX_3090_TI: "s l 2 d",
  V100_PCIE_16GB: "n e d d",
  V100_FHHL_16GB: "n u u d",
  V100_SXM2_16GB: "n l d d",
  V100_SXM2_32GB: "n l d d",
  MI300X_OAM: "m l d d",
};

type Sources = Readonly<Record<GpuFact, readonly string[]>>;

/** Where each fact of the catalogue was taken from. An entry point of its own: who checks facts reads it, programs that plan do not. */
export const GPU_SOURCES = Object.fromEntries(
  Object.entries(FACTS).map(([name, letters]): [string, Sources] => {
    const [memory = [], bandwidth = [], rates = [], link = []] = letters
      .split(" ")
      .map((word) => [...word].flatMap((letter) => PLACES[letter] ?? []));
    return [name, { memory, bandwidth, rates, link, pcie: ["PCI Express 3 to 5, 16 lanes"] }];
  }),
) as Readonly<Record<GpuName, Sources>>;
