import { ConduitError, type ConduitErrorOptions } from "@conduit/types";

/** The Hub did not give a model's configuration. */
export class HubRequestError extends ConduitError {
  static readonly code = "HUB_REQUEST";
  readonly code = "HUB_REQUEST";
  readonly model: string;
  /** HTTP status of the answer; absent where none came. */
  readonly status: number | undefined;

  constructor(model: string, status: number | undefined, options?: ConduitErrorOptions) {
    super(
      `Expected the configuration of ${model} from the Hub, found ${whatCame(status, options?.cause)}`,
      options,
    );
    this.model = model;
    this.status = status;
  }
}

function whatCame(status: number | undefined, cause: unknown): string {
  if (status === undefined) {
    // `fetch` hides what went wrong in the cause of its own error; everything else says it itself.
    const unreachable = cause instanceof TypeError && cause.message === "fetch failed";
    if (!unreachable && cause instanceof Error) return `a failure before the request: ${cause.message}.`;
    return "no answer. Check the connection, or read it offline once it is in the cache.";
  }
  if (status === 401 || status === 403) {
    return `HTTP ${status}. Give a token that may read the model (token, or HF_TOKEN), and accept its licence on its page.`;
  }
  if (status === 404) return "HTTP 404. Check the model's id and the revision; private models need a token.";
  return `HTTP ${status}. Try again later.`;
}
