import { ProviderError } from "@conduit/types";

/** The Docker daemon was asked, and refused. */
export class DockerRefusedError extends ProviderError {
  static override readonly code = "DOCKER_REFUSED";
  override readonly code = DockerRefusedError.code;
  /** HTTP status of the daemon's answer. */
  readonly status: number;
  /** What the daemon said. */
  readonly reason: string;

  constructor(what: string, status: number, reason: string, options: { readonly cause?: unknown } = {}) {
    super(`expected Docker to ${what}, but it answered ${status}: ${reason}`, {
      ...options,
      provider: "LOCAL",
      outcome: "none",
      retry: status >= 500 ? "later" : "never",
    });
    this.status = status;
    this.reason = reason;
  }
}
