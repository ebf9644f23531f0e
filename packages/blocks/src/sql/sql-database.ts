import type { RowCollector } from "./row-collector.ts";
import type { SqlStatement } from "./split-statements.ts";

/** A value of a placeholder. */
export type SqlParameter = string | number | boolean | null;

/** A database that gives connections to runs of a block. */
export interface SqlDatabase {
  /** @throws SqlProblem when there is none to be had; the signal's reason. */
  connect(signal: AbortSignal): Promise<SqlConnection>;
  /** Ends all connections, none of which is in use any more. */
  close(): Promise<void>;
}

/** A connection in use by one run. What its methods throw is an SqlProblem, unless it is a fault of the program. */
export interface SqlConnection {
  begin(signal: AbortSignal): Promise<void>;
  /** Runs a statement, and gives the number of rows that it changed, if it gave none. Ends early once `rows` has a problem. */
  execute(statement: SqlStatement, parameters: readonly SqlParameter[], rows: RowCollector): Promise<number>;
  commit(signal: AbortSignal): Promise<void>;
  /** Never fails: a connection that cannot roll back is not used again. */
  rollback(): Promise<void>;
  /** Makes the statement that runs, if one does, end with an error. */
  interrupt(): void;
  release(): Promise<void>;
}
