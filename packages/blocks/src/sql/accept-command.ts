import { type SqlStatement, splitStatements } from "./split-statements.ts";
import { SqlProblem } from "./sql-problem.ts";
import type { SqlDialect } from "./tokens.ts";

/** Words that begin, end or divide transactions, which is the block's affair. */
const TRANSACTION = new Set(["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ABORT"]);

/** What reaches beyond the database, or changes how it works. */
const FORBIDDEN: Readonly<Record<SqlDialect, ReadonlyMap<string, string>>> = {
  sqlite: new Map([
    ["ATTACH", "it opens another file"],
    ["DETACH", "it closes a database"],
    ["VACUUM", "it can write another file, and runs in no transaction"],
    ["PRAGMA", "it changes how the database works; SELECT … FROM pragma_table_info('t') reads"],
  ]),
  postgres: new Map([
    ["COPY", "it moves data through files and programs of the server, or a stream that is not there"],
  ]),
};

/**
 * The statements of a command that the block may run.
 *
 * @throws SqlProblem
 */
export function acceptCommand(
  sql: string,
  parameterCount: number,
  dialect: SqlDialect,
  allowSeveralStatements: boolean,
): readonly SqlStatement[] {
  if (sql.includes("\0")) throw refused("The command contains a NUL character.");
  const statements = splitStatements(sql, dialect);
  const [first] = statements;
  if (first === undefined) throw refused("The command has no statement.");
  if (statements.length > 1) {
    if (!allowSeveralStatements) {
      throw refused(
        `The command has ${statements.length} statements, and one is allowed (allowSeveralStatements).`,
      );
    }
    if (parameterCount > 0) throw refused("A command of several statements cannot have parameters.");
  }
  for (const statement of statements) refuseForbidden(statement, dialect);
  if (dialect === "sqlite") countParameters(statements, parameterCount);
  return statements;
}

function refuseForbidden({ words }: SqlStatement, dialect: SqlDialect): void {
  const [first = "", second] = words;
  if (TRANSACTION.has(first) || ((first === "START" || first === "PREPARE") && second === "TRANSACTION")) {
    throw refused(`The command has ${first}, and the block itself begins and ends the transaction.`);
  }
  const why = FORBIDDEN[dialect].get(first);
  if (why !== undefined) throw refused(`The command has ${first}, which is not allowed: ${why}.`);
}

/** SQLite takes NULL for what is missing, and says so to nobody. */
function countParameters(statements: readonly SqlStatement[], found: number): void {
  const expected = statements.reduce<number | undefined>(
    (sum, { questionMarks }) =>
      sum === undefined || questionMarks === undefined ? undefined : sum + questionMarks,
    0,
  );
  if (expected === undefined || expected === found) return;
  throw refused(`The command has ${expected} placeholders, and ${found} parameters were given.`);
}

function refused(reason: string): SqlProblem {
  return new SqlProblem("refused", reason);
}
