import { ProviderError } from "@conduit/types";

/** RunPod does not tell whose key this is. */
export class RunpodAccountUnknownError extends ProviderError {
  static override readonly code = "RUNPOD_ACCOUNT_UNKNOWN";
  override readonly code = RunpodAccountUnknownError.code;

  constructor(reason: string, options: { readonly cause?: unknown } = {}) {
    super(
      `expected RunPod to tell whose key this is, but ${reason}; allow the key to read over GraphQL, ` +
        "or name the account with the option accountId, the same in all programs",
      { ...options, provider: "RUNPOD", outcome: "none", retry: "never" },
    );
  }
}
