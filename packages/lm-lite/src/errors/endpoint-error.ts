import { ConduitError, type ConduitErrorOptions, NO_USAGE, type Usage } from "@conduit/types";

export interface EndpointErrorOptions extends ConduitErrorOptions {
  readonly baseUrl: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** `code`, `type` and `param` of an OpenAI error body, where the endpoint gave one. */
  readonly errorCode?: string | undefined;
  readonly errorType?: string | undefined;
  readonly param?: string | undefined;
}

/** An endpoint answered with an error. */
export class EndpointError extends ConduitError {
  static readonly code = "ENDPOINT";
  readonly code = EndpointError.code;
  readonly baseUrl: string;
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly errorType: string | undefined;
  readonly param: string | undefined;
  /** Of all tries together, as far as the endpoint told; that of the last is rarely among them. */
  readonly usage: Usage = NO_USAGE;
  /** How often the model was asked; the last time it was answered with the error. */
  readonly tries: number = 1;

  constructor(message: string, options: EndpointErrorOptions) {
    super(`${options.baseUrl} answered ${options.status}: ${message}`, options);
    this.baseUrl = options.baseUrl;
    this.status = options.status;
    this.errorCode = options.errorCode;
    this.errorType = options.errorType;
    this.param = options.param;
  }
}
