import { ProviderError, type ProviderOutcome } from "@conduit/types";

/** RunPod failed while it answered (status 5xx). What was asked for may have been done. */
export class RunpodUnavailableError extends ProviderError {
  static override readonly code = "RUNPOD_UNAVAILABLE";
  override readonly code = RunpodUnavailableError.code;
  readonly status: number;

  constructor(
    what: string,
    { status, reason }: { readonly status: number; readonly reason: string },
    options: { readonly outcome: ProviderOutcome; readonly retryAfterMs?: number | undefined },
  ) {
    super(`expected RunPod to ${what}, but it failed with ${status}: ${reason}; try later`, {
      ...options,
      provider: "RUNPOD",
      retry: "later",
    });
    this.status = status;
  }
}
