import type { SqlConnection, SqlDatabase } from "../sql/sql-database.ts";
import { SqlError, type SqlRetry } from "../sql/sql-error.ts";
import { StateStoreUnavailableError } from "../state-database-error.ts";

export interface CommitFault {
  /** Whether the database commits all the same. */
  readonly commits: boolean;
  readonly retry: SqlRetry;
  /** Whether no connection is to be had from then on. */
  readonly ends?: boolean;
  /** For how long in milliseconds this program is suspended then, while others go on. */
  readonly suspendedMs?: number;
}

/** What happens between two steps of a transaction. */
export interface Interruptions {
  readonly afterConnect?: () => void;
  readonly afterBegin?: () => void;
  /** Whether the connection is lost before the next statement. */
  readonly losesConnection?: () => boolean;
}

/** Fails the next commits, and can be interrupted. */
export function faultyDatabase(
  database: SqlDatabase,
  faults: CommitFault[],
  { afterConnect, afterBegin, losesConnection }: Interruptions = {},
): SqlDatabase {
  const failure = (retry: SqlRetry) =>
    new SqlError(new StateStoreUnavailableError(database.store, "the test says so"), retry);
  let ended = false;
  let lateMs = 0;
  return {
    store: database.store,
    spelling: database.spelling,
    dialect: (connection) => database.dialect(connection),
    close: () => database.close(),
    async connect(signal): Promise<SqlConnection> {
      if (ended) throw failure("unreachable");
      const connection = await database.connect(signal);
      afterConnect?.();
      return {
        query: async (sql, parameters) => {
          if (losesConnection?.()) throw failure("lost");
          return connection.query(sql, parameters);
        },
        rollback: () => connection.rollback(),
        release: () => connection.release(),
        async begin(lock, signal) {
          const nowMs = await connection.begin(lock, signal);
          afterBegin?.();
          return nowMs + lateMs;
        },
        async commit() {
          const fault = faults.shift();
          if (fault === undefined || fault.commits) await connection.commit();
          else await connection.rollback();
          if (fault === undefined) return;
          ended = fault.ends ?? false;
          if (fault.suspendedMs !== undefined) {
            lateMs += fault.suspendedMs;
            await connection.query("delete from conduit_commits");
          }
          throw failure(fault.retry);
        },
      };
    },
  };
}
