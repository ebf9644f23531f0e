import type { GpuArchitecture } from "@conduit/types";

/** A GPU that a container can get: a whole one, or an instance of one that is partitioned (MIG). */
export interface GpuDevice {
  /** `GPU-…` or `MIG-…`, as the driver and Docker know it. */
  readonly uuid: string;
  /** As nvidia-smi writes it; instances have their profile behind it: `NVIDIA A100-SXM4-80GB MIG 3g.40gb`. */
  readonly name: string;
  /** Absent where the GPU shares the machine's memory. */
  readonly memoryBytes?: number | undefined;
  /** Absent where nvidia-smi does not tell, as of instances. */
  readonly freeBytes?: number | undefined;
  readonly architecture?: GpuArchitecture | undefined;
  /** An instance; a program can use only one of them. */
  readonly isInstance: boolean;
}
