import { SqlProblem } from "../sql-problem.ts";

/** Classes of SQLSTATE that are about the connection or the server: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CONNECTION = /^(?:08|28|3D|53|57P|58)/;

/** Whether the server itself said so; otherwise the connection is at fault. */
function isFromServer(error: unknown): boolean {
  return error instanceof Error && "severity" in error;
}

/** What a failure of PostgreSQL, or of the connection to it, means. */
export function toSqlProblem(error: unknown): SqlProblem {
  if (error instanceof SqlProblem) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // A host with several addresses fails with several errors in one, which has no message.
  const reason = `PostgreSQL: ${message || code || "the connection broke"}.`;
  const isStatement = isFromServer(error) && !CONNECTION.test(code ?? "");
  return new SqlProblem(isStatement ? "statement" : "connection", reason, code);
}
