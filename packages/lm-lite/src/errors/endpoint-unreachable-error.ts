import { ConduitError, NO_USAGE, type Usage } from "@conduit/types";

/** No connection to the endpoint came about, or it ended before the answer was complete. */
export class EndpointUnreachableError extends ConduitError {
  static readonly code = "ENDPOINT_UNREACHABLE";
  readonly code = EndpointUnreachableError.code;
  readonly baseUrl: string;
  /** What the model had written until then. */
  readonly partialText: string;
  /** Of all tries together, as far as the endpoint told; that of the last is rarely among them. */
  readonly usage: Usage = NO_USAGE;
  /** How often the model was asked; the last time the connection ended. */
  readonly tries: number = 1;

  constructor(
    baseUrl: string,
    reason: string,
    options: { readonly partialText?: string; readonly cause?: unknown },
  ) {
    super(`${baseUrl} ${reason}. Check that the engine still runs and that the address is right.`, options);
    this.baseUrl = baseUrl;
    this.partialText = options.partialText ?? "";
  }
}
