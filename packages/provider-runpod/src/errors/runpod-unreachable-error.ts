import { ProviderError } from "@conduit/types";

/** There was no connection to RunPod's API: nothing was asked. */
export class RunpodUnreachableError extends ProviderError {
  static override readonly code = "RUNPOD_UNREACHABLE";
  override readonly code = RunpodUnreachableError.code;
  readonly url: string;

  constructor(what: string, url: string, reason: string, options: { readonly cause: unknown }) {
    super(
      `expected to ask RunPod at ${url} to ${what}, but there is no connection: ${reason}; check the network`,
      {
        ...options,
        provider: "RUNPOD",
        outcome: "none",
        retry: "later",
      },
    );
    this.url = url;
  }
}
