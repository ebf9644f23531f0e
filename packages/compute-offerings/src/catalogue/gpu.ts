import type { GpuArchitecture } from "@conduit/types";

/** What kind of buyer a card is made for. NVIDIA's licence of GeForce drivers keeps `CONSUMER` cards out of data centres. */
export type GpuGrade = "DATA_CENTER" | "WORKSTATION" | "CONSUMER";

/**
 * How cards of a model reach each other. `BUILT_IN` links are part of every machine that carries several; a `BRIDGE` may be
 * plugged in or not, so that only the offering can tell; `NONE` leaves the PCIe bus.
 */
export type GpuLink = "BUILT_IN" | "BRIDGE" | "NONE";

/** Where the facts of a row come from; see {@link GPU_SOURCES}. */
export type GpuSource = keyof typeof GPU_SOURCES;

/** Places that facts of the catalogue were taken from. */
export const GPU_SOURCES = {
  aiconfigurator: "ai-dynamo/aiconfigurator at 095f58a",
  llmfit: "llmfit's hardware table",
  "nvidia-smi": "memory.total on rented machines",
  torch: "PyTorch's total: llm-d-planner's report, vLLM PRs 14447 and 21489, issues (RTX 4090)",
  "same-die": "reading of a card with the same die and memory",
  reserve: "nominal less 430 MiB, as on an RTX 3090 (nvidia-smi 24576 MiB, PyTorch 23.58 GiB)",
  rocm: "ROCm issue 4414",
  datasheet: "vendor's data sheet",
  "unsure-datasheet": "vendor's data sheet, unconfirmed",
  reviews: "glennklockwood.com, hmc-tech.com, exxactcorp.com, sysrqmts.com, technical.city",
  "fp32-x2": "FP32 rate x 2 (GeForce), FP8 x 4, FP4 x 16",
  "fp32-x4": "FP32 rate x 4 (workstation, data centre), FP8 x 8, FP4 x 16",
  "pci-sig": "PCI Express 3 to 5, 16 lanes",
} as const;

/** One model of GPU. A rate that is absent means that the card has no hardware for the type. */
export interface Gpu {
  /** Key of the row. */
  readonly name: string;
  /** Id of the GPU type at RunPod. */
  readonly runpodId: string;
  readonly vendor: "NVIDIA" | "AMD";
  readonly architecture: GpuArchitecture;
  /** NVIDIA's compute capability such as `8.9`, or AMD's target such as `gfx942`. */
  readonly computeCapability: string;
  readonly grade: GpuGrade;
  /** What the name on the box says. */
  readonly memoryBytes: number;
  /** What programs find; plans are held to this. */
  readonly usableMemoryBytes: number;
  /** Of the card's own memory, at the peak. */
  readonly bandwidthBytesPerSecond: number;
  /** Peak rates of the tensor cores without sparsity, with FP32 accumulation. */
  readonly denseFlopsPerSecond: Readonly<Partial<Record<"fp16" | "bf16" | "fp8" | "fp4", number>>>;
  readonly link: GpuLink;
  /** Through the card's own links, in one direction; 0 without links. */
  readonly linkBytesPerSecond: number;
  /** Through PCIe, in one direction. */
  readonly pcieBytesPerSecond: number;
  readonly sources: Readonly<
    Record<"memory" | "bandwidth" | "rates" | "link" | "pcie", readonly GpuSource[]>
  >;
}
