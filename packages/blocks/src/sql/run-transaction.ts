import type { CompiledSchema } from "@conduit/types";
import { RowCollector } from "./row-collector.ts";
import type { SqlStatement } from "./split-statements.ts";
import type { SqlConnection, SqlDatabase, SqlParameter } from "./sql-database.ts";
import { SqlProblem } from "./sql-problem.ts";

/** What a transaction is to do. */
export interface SqlWork {
  readonly statements: readonly SqlStatement[];
  readonly parameters: readonly SqlParameter[];
  readonly row: CompiledSchema;
  readonly maxRows: number;
  readonly maxResultBytes: number;
}

/** What the last statement of a transaction gave. */
export interface SqlOutcome {
  readonly rows: readonly unknown[];
  readonly rowCount: number;
}

/**
 * Runs statements in a transaction, which is committed once the rows are what they should be, and rolled back otherwise. The signal
 * interrupts the statement that runs.
 *
 * @throws SqlProblem; the signal's reason.
 */
export async function runTransaction(
  database: SqlDatabase,
  work: SqlWork,
  signal: AbortSignal,
): Promise<SqlOutcome> {
  const connection = await database.connect(signal);
  const onAbort = (): void => connection.interrupt();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await connection.begin(signal);
    return await runStatements(connection, work, signal);
  } catch (error) {
    await connection.rollback();
    // Not even the end of the wait makes this one a rollback.
    if (!(error instanceof SqlProblem && error.failure === "commit")) signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await connection.release();
  }
}

async function runStatements(
  connection: SqlConnection,
  { statements, parameters, row, ...limits }: SqlWork,
  signal: AbortSignal,
): Promise<SqlOutcome> {
  let outcome: SqlOutcome = { rows: [], rowCount: 0 };
  for (const statement of statements) {
    signal.throwIfAborted();
    const collector = new RowCollector(limits);
    const changed = await connection.execute(statement, parameters, collector);
    if (collector.problem !== undefined) throw collector.problem;
    const { rows } = collector;
    outcome = { rows, rowCount: rows.length === 0 ? changed : rows.length };
  }
  const rows = await validate(outcome.rows, row);
  signal.throwIfAborted();
  await connection.commit(signal);
  return { ...outcome, rows };
}

async function validate(rows: readonly unknown[], schema: CompiledSchema): Promise<readonly unknown[]> {
  const valid: unknown[] = [];
  for (const [index, row] of rows.entries()) {
    const check = await schema.check(row);
    if (!check.valid) {
      const [issue] = check.issues;
      const reason = `The rows are not what was asked for: /${index}${issue?.path ?? ""} ${issue?.message}.`;
      throw new SqlProblem("rows", reason);
    }
    valid.push(check.value);
  }
  return valid;
}
