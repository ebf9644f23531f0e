import { ProviderError, type ProviderOutcome } from "@conduit/types";

/** RunPod answered with something else than its document says, such as half a list. */
export class RunpodAnswerInvalidError extends ProviderError {
  static override readonly code = "RUNPOD_ANSWER_INVALID";
  override readonly code = RunpodAnswerInvalidError.code;

  constructor(
    what: string,
    found: string,
    options: { readonly outcome: ProviderOutcome; readonly cause?: unknown },
  ) {
    super(`expected RunPod to ${what} and to answer as documented, but found ${found}; try later`, {
      ...options,
      provider: "RUNPOD",
      retry: "later",
    });
  }
}
