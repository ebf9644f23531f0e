import { ConduitError, type ConduitErrorOptions } from "../conduit-error.ts";
import type { ComputeProviderName } from "../names.ts";

/** Whether a failed call may have had its effect: `none` is certain, `maybe` must be looked up. */
export type ProviderOutcome = "none" | "maybe";

/** What to do after a failure: try the next offering of the plan, the same again later, or neither. */
export type ProviderRetry = "next-offering" | "later" | "never";

export interface ProviderErrorOptions extends ConduitErrorOptions {
  readonly provider: ComputeProviderName;
  readonly outcome: ProviderOutcome;
  readonly retry: ProviderRetry;
  /** Milliseconds that the provider asked to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
  /**
   * Whether the provider refuses a bad request in the same words, so that where it refuses every offering, the request is at fault. Default
   * `false`.
   */
  readonly suspectsRequest?: boolean | undefined;
}

/** A compute provider did not do what it was asked. */
export class ProviderError extends ConduitError {
  static readonly code: string = "PROVIDER";
  readonly code: string = "PROVIDER";
  readonly provider: ComputeProviderName;
  readonly outcome: ProviderOutcome;
  readonly retry: ProviderRetry;
  readonly retryAfterMs: number | undefined;
  readonly suspectsRequest: boolean;

  constructor(message: string, options: ProviderErrorOptions) {
    super(message, options);
    this.provider = options.provider;
    this.outcome = options.outcome;
    this.retry = options.retry;
    this.retryAfterMs = options.retryAfterMs;
    this.suspectsRequest = options.suspectsRequest ?? false;
  }
}
