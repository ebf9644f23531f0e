import { ProviderError } from "@conduit/types";

/** Nobody said which key to use. */
export class RunpodKeyMissingError extends ProviderError {
  static override readonly code = "RUNPOD_KEY_MISSING";
  override readonly code = RunpodKeyMissingError.code;

  constructor() {
    super("expected a key of RunPod's API, but found none; set RUNPOD_API_KEY, or the option apiKey", {
      provider: "RUNPOD",
      outcome: "none",
      retry: "never",
    });
  }
}
