import { ProviderError } from "@conduit/types";

/** Too few GPUs of the kind that was asked for have enough free memory. */
export class NotEnoughGpuMemoryError extends ProviderError {
  static override readonly code = "NOT_ENOUGH_GPU_MEMORY";
  override readonly code = NotEnoughGpuMemoryError.code;

  constructor(expected: string, found: string) {
    super(
      `expected ${expected}, but found ${found}; end what uses them (nvidia-smi shows it), ` +
        "or ask for less with docker.minFreeGpuMemoryShare",
      { provider: "LOCAL", outcome: "none", retry: "next-offering" },
    );
  }
}
