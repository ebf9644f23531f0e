import { ProviderError } from "@conduit/types";

/** The key cannot be sent. It is not repeated here. */
export class RunpodKeyInvalidError extends ProviderError {
  static override readonly code = "RUNPOD_KEY_INVALID";
  override readonly code = RunpodKeyInvalidError.code;

  constructor() {
    super(
      "expected a key of RunPod's API in letters, digits and signs, but found one that no HTTP header can carry, such as with a line break in it; " +
        "look at RUNPOD_API_KEY, or at the option apiKey",
      { provider: "RUNPOD", outcome: "none", retry: "never" },
    );
  }
}
