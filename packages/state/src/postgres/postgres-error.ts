import { SqlError, type SqlRetry } from "../sql/sql-error.ts";
import {
  StateQueryError,
  StateStoreBusyError,
  StateStoreFullError,
  StateStoreUnavailableError,
} from "../state-database-error.ts";

const LOCK_NOT_AVAILABLE = "55P03";
const DISK_FULL = "53100";
const READ_ONLY_TRANSACTION = "25006"; // a standby

/**
 * The connection is gone, or the server is about to stop, has just started, or is full:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const lostCodes = new Set([
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
  "08P01",
  "25P03", // idle_in_transaction_session_timeout: this process was suspended
  "40001",
  "40P01",
  "53300", // too many connections, of which one may be free soon
  "57014", // cancelled by an administrator, or statement_timeout
  "57P01",
  "57P02",
  "57P03",
  "57P05",
  "ECONNABORTED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
]);

/** There is no server, or none yet. */
const unreachableCodes = new Set([
  "EADDRNOTAVAIL", // this machine has no network, such as when it has just woken up; so the next three
  "EHOSTDOWN",
  "ENETDOWN",
  "ENETUNREACH",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENOENT", // no such Unix socket
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** What `pg` says, without a code, of connections that broke. */
const lostMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded|timeout expired)/;

/** What a failure of PostgreSQL, or of the way to it, means. */
export function toSqlError(error: unknown, store: string, busyTimeoutMs: number): SqlError {
  if (error instanceof SqlError) return error;
  const options = { cause: error };
  const problem = problemOf(error);
  const code = codeOf(error);
  if (code === LOCK_NOT_AVAILABLE)
    return new SqlError(new StateStoreBusyError(store, busyTimeoutMs, options), "never");
  if (code === DISK_FULL) return new SqlError(new StateStoreFullError(store, options), "never");
  const retry = retryOf(error);
  if (retry !== "never" || code === READ_ONLY_TRANSACTION)
    return new SqlError(new StateStoreUnavailableError(store, problem, options), retry);
  return new SqlError(new StateQueryError(store, problem, options), "never");
}

/** What it means that there is no connection: no server, but also no such database, a wrong password, or a certificate. */
export function toConnectError(error: unknown, store: string): SqlError {
  const unavailable = new StateStoreUnavailableError(store, problemOf(error), { cause: error });
  return new SqlError(unavailable, retryOf(error));
}

function retryOf(error: unknown): SqlRetry {
  const code = codeOf(error);
  if (lostCodes.has(code) || lostMessages.test(problemOf(error))) return "lost";
  return unreachableCodes.has(code) ? "unreachable" : "never";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Node reports all addresses of a name that it tried in one error without a message. */
function problemOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "")
    return error.errors.map(problemOf).join(" and ");
  return error instanceof Error ? error.message : String(error);
}
