import { ProviderError } from "@conduit/types";

/** No Docker daemon answers where one was expected; nothing was asked of it. */
export class DockerUnreachableError extends ProviderError {
  static override readonly code = "DOCKER_UNREACHABLE";
  override readonly code = DockerUnreachableError.code;
  /** Where the daemon was expected, such as `unix:///var/run/docker.sock`. */
  readonly endpoint: string;

  constructor(endpoint: string, reason: string, options: { readonly cause?: unknown } = {}) {
    super(
      `expected a Docker daemon at ${endpoint}, but ${reason}; start Docker, see that this user may use it, ` +
        `or name another daemon with DOCKER_HOST, or use LocalProvider with mode "process"`,
      { ...options, provider: "LOCAL", outcome: "none", retry: "later" },
    );
    this.endpoint = endpoint;
  }
}
