import { randomUUID } from "node:crypto";
import type { StateTransaction } from "@conduit/types";
import type { Keyring } from "../secret/keyring.ts";
import { StateCommitUnknownError } from "../state-database-error.ts";
import { queryBuilder } from "./query-builder.ts";
import type { SqlConnection, SqlDatabase } from "./sql-database.ts";
import { SqlError } from "./sql-error.ts";
import { SqlTransaction } from "./sql-transaction.ts";
import { withConnection } from "./with-connection.ts";

/** Time in milliseconds for which a database remembers that a transaction was committed. */
const COMMIT_MEMORY_MS = 3_600_000;

export interface TransactionContext {
  readonly database: SqlDatabase;
  readonly keyring: Keyring;
  readonly reconnectTimeoutMs: number;
  readonly clock: (() => number) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** By which a transaction is found again whose commit was not confirmed. */
interface CommitMark {
  readonly id: string;
  /** When the transaction began, by the database's clock. */
  readonly atMs: number;
}

/** The answer to a commit did not come, or was a failure. */
class UncertainCommit<T> extends Error {
  readonly mark: CommitMark;
  readonly result: T;
  readonly failure: SqlError;

  constructor(mark: CommitMark, result: T, failure: SqlError) {
    super(failure.message, { cause: failure });
    this.mark = mark;
    this.result = result;
    this.failure = failure;
  }
}

/**
 * Runs `body` in a transaction of its own. When the connection is lost before the commit, nothing counts, and it runs again on
 * another one. When the answer to the commit is lost, another connection is asked whether it counts.
 */
export async function runTransaction<T>(
  body: (transaction: StateTransaction) => Promise<T>,
  context: TransactionContext,
): Promise<T> {
  const { database, signal, reconnectTimeoutMs: timeoutMs } = context;
  let deadlineMs: number | undefined;
  for (;;) {
    try {
      return await withConnection(database, { signal, timeoutMs, awaitServer: true }, (connection) =>
        attempt(body, connection, context),
      );
    } catch (thrown) {
      if (!(thrown instanceof UncertainCommit)) throw thrown;
      if (await wasCommitted(thrown, context)) return thrown.result as T;
      deadlineMs ??= performance.now() + timeoutMs;
      if (thrown.failure.retry === "never" || performance.now() > deadlineMs) throw thrown.failure.error;
    }
  }
}

async function attempt<T>(
  body: (transaction: StateTransaction) => Promise<T>,
  connection: SqlConnection,
  { database, keyring, clock, signal }: TransactionContext,
): Promise<T> {
  const databaseNowMs = await connection.begin("rows", signal);
  signal?.throwIfAborted();
  const transaction = new SqlTransaction(database, connection, keyring, clock?.() ?? databaseNowMs);
  // A body that is no async function may throw right away; what it has begun by then must end all the same.
  const [outcome] = await Promise.allSettled([(async () => body(transaction))()]);
  await transaction.end();
  // Whatever the body made of a failure of the database, the transaction cannot go on after it.
  if (transaction.failure !== undefined) throw transaction.failure;
  if (outcome.status === "rejected") throw outcome.reason;
  if (!transaction.wrote) return outcome.value;
  const mark = { id: randomUUID(), atMs: databaseNowMs };
  await rememberCommit(database, connection, mark);
  try {
    await connection.commit();
  } catch (error) {
    if (error instanceof SqlError) throw new UncertainCommit(mark, outcome.value, error);
    throw error;
  }
  return outcome.value;
}

async function rememberCommit(
  database: SqlDatabase,
  connection: SqlConnection,
  { id, atMs }: CommitMark,
): Promise<void> {
  const db = queryBuilder(database, connection);
  await db.insertInto("conduit_commits").values({ id, at_ms: atMs }).execute();
  await db
    .deleteFrom("conduit_commits")
    .where("at_ms", "<", atMs - COMMIT_MEMORY_MS)
    .execute();
}

/**
 * Whether a commit counts that was not confirmed. Who holds the lock that all transactions take knows that it has ended, so that
 * what is not there now never will be, unless it was forgotten.
 */
async function wasCommitted(
  { mark, failure }: UncertainCommit<unknown>,
  { database, reconnectTimeoutMs: timeoutMs }: TransactionContext,
): Promise<boolean> {
  const retry = { signal: undefined, timeoutMs, awaitServer: true };
  const ask = withConnection(database, retry, async (connection) => {
    const nowMs = await connection.begin("rows", undefined);
    const found = await queryBuilder(database, connection)
      .selectFrom("conduit_commits")
      .select("id")
      .where("id", "=", mark.id)
      .executeTakeFirst();
    return { found: found !== undefined, remembers: nowMs < mark.atMs + COMMIT_MEMORY_MS };
  });
  const unknown = (problem: string) =>
    new StateCommitUnknownError(database.store, problem, { cause: failure.error });
  const { found, remembers } = await ask.catch(() => {
    throw unknown(`it could not be asked again within ${timeoutMs} ms`);
  });
  if (!found && !remembers) throw unknown("it was asked again only after it had forgotten such commits");
  return found;
}
