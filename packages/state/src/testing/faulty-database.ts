import type { SqlConnection, SqlDatabase } from "../sql/sql-database.ts";
import { SqlError, type SqlRetry } from "../sql/sql-error.ts";
import { StateStoreUnavailableError } from "../state-error.ts";

export interface CommitFault {
  /** Whether the database commits all the same. */
  readonly commits: boolean;
  readonly retry: SqlRetry;
  /** Whether no connection is to be had from then on. */
  readonly ends?: boolean;
}

/** Fails the next commits. */
export function faultyDatabase(database: SqlDatabase, faults: CommitFault[]): SqlDatabase {
  const failure = (retry: SqlRetry) =>
    new SqlError(new StateStoreUnavailableError(database.store, "the test says so"), retry);
  let ended = false;
  return {
    store: database.store,
    spelling: database.spelling,
    dialect: (connection) => database.dialect(connection),
    close: () => database.close(),
    async connect(): Promise<SqlConnection> {
      if (ended) throw failure("unreachable");
      const connection = await database.connect();
      return {
        query: (sql, parameters) => connection.query(sql, parameters),
        begin: (lock, signal) => connection.begin(lock, signal),
        rollback: () => connection.rollback(),
        release: () => connection.release(),
        async commit() {
          const fault = faults.shift();
          if (fault === undefined || fault.commits) await connection.commit();
          else await connection.rollback();
          if (fault === undefined) return;
          ended = fault.ends ?? false;
          throw failure(fault.retry);
        },
      };
    },
  };
}
