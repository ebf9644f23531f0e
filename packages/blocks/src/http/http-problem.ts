import type { HttpFailure } from "./http-operation.ts";

/** Why a request came to nothing; the block makes a result of it. */
export class HttpProblem extends Error {
  readonly failure: HttpFailure;
  readonly statusCode: number | undefined;
  /** Whether the same request may well succeed later. */
  readonly isTransient: boolean;

  constructor(
    failure: HttpFailure,
    reason: string,
    {
      statusCode,
      isTransient = false,
    }: { readonly statusCode?: number; readonly isTransient?: boolean } = {},
  ) {
    super(reason);
    this.failure = failure;
    this.statusCode = statusCode;
    this.isTransient = isTransient;
  }
}
