import type { GpuArchitecture } from "@conduit/types";

/** What kind of buyer a card is made for. NVIDIA's licence of GeForce drivers keeps `CONSUMER` cards out of data centres. */
export type GpuGrade = "DATA_CENTER" | "WORKSTATION" | "CONSUMER";

/**
 * How cards of a model reach each other. `BUILT_IN` links are part of every machine that carries several; a `BRIDGE` may be
 * plugged in or not, so that only the offering can tell; `NONE` leaves the PCIe bus.
 */
export type GpuLink = "BUILT_IN" | "BRIDGE" | "NONE";

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
  /**
   * What programs find; plans are held to this. PyTorch's total where there is a reading of it or of a like card; where
   * `GPU_SOURCES` says so, `memory.total` of nvidia-smi, of which PyTorch finds 0.4 to 0.6 GiB less (23.52 of 23.99 GiB on an RTX 4090, 79.19 of 79.65 on an H100).
   */
  readonly usableMemoryBytes: number;
  /** Of the card's own memory, at the peak. */
  readonly bandwidthBytesPerSecond: number;
  /** Peak rates of the tensor cores without sparsity, floats with FP32 accumulation. The one of INT8 is what the generation has; a B300 has less. */
  readonly denseFlopsPerSecond: Readonly<Partial<Record<"fp16" | "bf16" | "int8" | "fp8" | "fp4", number>>>;
  readonly link: GpuLink;
  /** Through the card's own links, in one direction; 0 without links. */
  readonly linkBytesPerSecond: number;
  /** Through PCIe, in one direction. */
  readonly pcieBytesPerSecond: number;
}
