import { ProviderError } from "@conduit/types";

/** A stopped pod cannot go on: while it was stopped, its GPUs went to somebody else, or it is no longer there. */
export class RunpodMachineGoneError extends ProviderError {
  static override readonly code = "RUNPOD_MACHINE_GONE";
  override readonly code = RunpodMachineGoneError.code;
  readonly podId: string;

  constructor(podId: string, reason: string, options: { readonly cause?: unknown } = {}) {
    super(`expected pod ${podId} to start again with its GPUs, but ${reason}; create another one`, {
      ...options,
      provider: "RUNPOD",
      outcome: "none",
      retry: "next-offering",
    });
    this.podId = podId;
  }
}
