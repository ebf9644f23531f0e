import { ProviderError } from "@conduit/types";

/** A spot machine was asked for, which RunPod's API v2 does not lend. */
export class RunpodSpotError extends ProviderError {
  static override readonly code = "RUNPOD_SPOT";
  override readonly code = RunpodSpotError.code;

  constructor(found: string) {
    super(
      `expected an on-demand machine, since RunPod's API v2 has no spot pods, but found ${found}; take it out`,
      { provider: "RUNPOD", outcome: "none", retry: "never" },
    );
  }
}
