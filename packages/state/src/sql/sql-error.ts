import type { StateDatabaseError } from "../state-database-error.ts";

/**
 * Whether the same may work on another connection: after one was `lost`, or where a server cannot be reached that was there before
 * (`unreachable`).
 */
export type SqlRetry = "lost" | "unreachable" | "never";

/** A database did not do what it was asked. Stays inside the package; `error` is what users see if it is the last word. */
export class SqlError extends Error {
  readonly error: StateDatabaseError;
  readonly retry: SqlRetry;

  constructor(error: StateDatabaseError, retry: SqlRetry) {
    super(error.message, { cause: error });
    this.error = error;
    this.retry = retry;
  }
}
