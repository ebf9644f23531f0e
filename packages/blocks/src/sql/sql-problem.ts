import type { SqlFailure } from "./sql-operation.ts";

/** Why an SQL command came to nothing; the block makes a result of it. */
export class SqlProblem extends Error {
  readonly failure: SqlFailure;
  readonly errorCode: string | undefined;

  constructor(failure: SqlFailure, reason: string, errorCode?: string) {
    super(reason);
    this.failure = failure;
    this.errorCode = errorCode;
  }
}
