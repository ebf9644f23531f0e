import { ProviderError } from "@conduit/types";

/** A port that the node was to be published on belongs to somebody else. */
export class PortTakenError extends ProviderError {
  static override readonly code = "PORT_TAKEN";
  override readonly code = PortTakenError.code;

  constructor(reason: string, options: { readonly cause?: unknown } = {}) {
    super(
      `expected the ports of the node to be free, but Docker answered: ${reason}; end what listens there, ` +
        "choose others with docker.publishPorts, or leave that out and let Docker choose",
      { ...options, provider: "LOCAL", outcome: "none", retry: "later" },
    );
  }
}
