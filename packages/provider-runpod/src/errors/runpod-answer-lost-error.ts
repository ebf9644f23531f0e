import { ProviderError, type ProviderOutcome } from "@conduit/types";

/** RunPod was asked, and no answer came. */
export class RunpodAnswerLostError extends ProviderError {
  static override readonly code = "RUNPOD_ANSWER_LOST";
  override readonly code = RunpodAnswerLostError.code;

  constructor(
    what: string,
    reason: string,
    options: { readonly outcome: ProviderOutcome; readonly cause: unknown },
  ) {
    super(`expected RunPod to ${what}, but its answer did not come: ${reason}; look whether it did`, {
      ...options,
      provider: "RUNPOD",
      retry: "later",
    });
  }
}
