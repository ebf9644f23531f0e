import { ProviderError } from "@conduit/types";

/** A disk that the node needs has too little room. */
export class NotEnoughDiskError extends ProviderError {
  static override readonly code = "NOT_ENOUGH_DISK";
  override readonly code = NotEnoughDiskError.code;

  constructor(expected: string, found: string, options: { readonly cause?: unknown } = {}) {
    super(
      `expected ${expected}, but ${found}; make room, for images with "docker system df" and "docker image prune", ` +
        "or ask for less with docker.minFreeDiskBytes",
      { ...options, provider: "LOCAL", outcome: "none", retry: "later" },
    );
  }
}
