import { ProviderError } from "@conduit/types";

/** The Docker daemon was asked to change something, and what it answered was lost. */
export class DockerAnswerLostError extends ProviderError {
  static override readonly code = "DOCKER_ANSWER_LOST";
  override readonly code = DockerAnswerLostError.code;

  constructor(what: string, reason: string, options: { readonly cause?: unknown } = {}) {
    super(`expected Docker to ${what}, but ${reason}; see whether the daemon runs, and look up what it did`, {
      ...options,
      provider: "LOCAL",
      outcome: "maybe",
      retry: "later",
    });
  }
}
