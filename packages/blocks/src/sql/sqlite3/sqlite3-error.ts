import { SqlProblem } from "../sql-problem.ts";

/** Codes that are about the file and not the statement: https://sqlite.org/rescode.html */
const CONNECTION = new Set([
  "SQLITE_CANTOPEN",
  "SQLITE_CORRUPT",
  "SQLITE_IOERR",
  "SQLITE_NOTADB",
  "SQLITE_PERM",
  "SQLITE_PROTOCOL",
]);

/** What a failure of SQLite means. */
export function toSqlProblem(error: unknown): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (!(error instanceof Error) || code?.startsWith("SQLITE_") !== true) return error;
  // The driver puts the code before SQLite's own words.
  const reason = `SQLite: ${error.message.replace(/^SQLITE_\w+: /, "")}.`;
  return new SqlProblem(CONNECTION.has(code) ? "connection" : "statement", reason, code);
}

/** Whether another connection holds the file. */
export function isBusy(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === "SQLITE_BUSY" || code === "SQLITE_LOCKED";
}
