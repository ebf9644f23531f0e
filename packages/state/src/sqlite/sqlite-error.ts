import { SqlError } from "../sql/sql-error.ts";
import {
  StateQueryError,
  StateStoreBusyError,
  StateStoreCorruptError,
  StateStoreFullError,
  StateStoreUnavailableError,
} from "../state-database-error.ts";
import { StateError } from "../state-error.ts";

/** Whether others hold the database. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === "SQLITE_BUSY" || code === "SQLITE_LOCKED";
}

/** What a failure of SQLite means: https://sqlite.org/rescode.html */
export function toSqlError(error: unknown, store: string, busyTimeoutMs: number): unknown {
  if (error instanceof SqlError || error instanceof StateError) return error;
  const options = { cause: error };
  const problem = error instanceof Error ? error.message : String(error);
  switch (codeOf(error)) {
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return new SqlError(new StateStoreBusyError(store, busyTimeoutMs, options), "never");
    case "SQLITE_FULL":
    case "ENOSPC":
      return new SqlError(new StateStoreFullError(store, options), "never");
    case "SQLITE_CORRUPT":
    case "SQLITE_NOTADB":
      return new SqlError(new StateStoreCorruptError(store, problem, options), "never");
    case "SQLITE_CANTOPEN":
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
    case "SQLITE_IOERR":
    case "SQLITE_PROTOCOL":
      return new SqlError(new StateStoreUnavailableError(store, problem, options), "never");
    default:
      // The file could not be found or made.
      if (error instanceof Error && "syscall" in error)
        return new SqlError(new StateStoreUnavailableError(store, problem, options), "never");
      return new SqlError(new StateQueryError(store, problem, options), "never");
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
