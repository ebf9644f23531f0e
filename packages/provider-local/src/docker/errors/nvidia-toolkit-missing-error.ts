import { ProviderError } from "@conduit/types";

/** The Docker daemon cannot give NVIDIA GPUs to containers. */
export class NvidiaToolkitMissingError extends ProviderError {
  static override readonly code = "NVIDIA_TOOLKIT_MISSING";
  override readonly code = NvidiaToolkitMissingError.code;

  constructor(reason: string, options: { readonly cause?: unknown } = {}) {
    super(
      `expected the Docker daemon to give NVIDIA GPUs to containers, but it answered: ${reason}; install the NVIDIA Container ` +
        "Toolkit on its machine (nvidia-ctk runtime configure --runtime=docker, then restart Docker), or deploy without a GPU",
      { ...options, provider: "LOCAL", outcome: "none", retry: "next-offering" },
    );
  }
}
