import { ProviderError } from "@conduit/types";

/** The account has asked too much, or would have with this request, which then was not sent. */
export class RunpodRateLimitError extends ProviderError {
  static override readonly code = "RUNPOD_RATE_LIMIT";
  override readonly code = RunpodRateLimitError.code;

  constructor(what: string, retryAfterMs: number, reason: string) {
    super(
      `expected RunPod to ${what}, but the account has asked too often: ${reason}; ` +
        `wait ${Math.ceil(retryAfterMs / 1000)} s, or ask for higher limits`,
      { provider: "RUNPOD", outcome: "none", retry: "later", retryAfterMs },
    );
  }
}
