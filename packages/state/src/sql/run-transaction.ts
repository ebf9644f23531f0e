import { randomUUID } from "node:crypto";
import type { StateTransaction } from "@conduit/types";
import { Kysely } from "kysely";
import type { Keyring } from "../secret/keyring.ts";
import { StateCommitUnknownError } from "../state-error.ts";
import type { StateSchema } from "./schema.ts";
import type { SqlConnection, SqlDatabase } from "./sql-database.ts";
import { SqlError } from "./sql-error.ts";
import { SqlTransaction } from "./sql-transaction.ts";
import { withConnection } from "./with-connection.ts";

/** Time in milliseconds after which nobody asks any more whether a transaction was committed. */
const COMMIT_MEMORY_MS = 3_600_000;

export interface TransactionContext {
  readonly database: SqlDatabase;
  readonly keyring: Keyring;
  readonly reconnectTimeoutMs: number;
  readonly clock: (() => number) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The answer to a commit did not come, or was a failure. */
class UncertainCommit<T> extends Error {
  readonly id: string;
  readonly result: T;
  readonly failure: SqlError;

  constructor(id: string, result: T, failure: SqlError) {
    super(failure.message, { cause: failure });
    this.id = id;
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
  for (;;) {
    try {
      return await withConnection(database, { signal, timeoutMs, awaitServer: true }, (connection) =>
        attempt(body, connection, context),
      );
    } catch (thrown) {
      if (!(thrown instanceof UncertainCommit)) throw thrown;
      if (await wasCommitted(thrown, context)) return thrown.result as T;
      if (thrown.failure.retry === "never") throw thrown.failure.error;
    }
  }
}

async function attempt<T>(
  body: (transaction: StateTransaction) => Promise<T>,
  connection: SqlConnection,
  { database, keyring, clock, signal }: TransactionContext,
): Promise<T> {
  const databaseNowMs = await connection.begin("rows", signal);
  const transaction = new SqlTransaction(database, connection, keyring, clock?.() ?? databaseNowMs);
  const [outcome] = await Promise.allSettled([body(transaction)]);
  await transaction.end();
  // Whatever the body made of a failure of the database, the transaction cannot go on after it.
  if (transaction.failure !== undefined) throw transaction.failure;
  if (outcome.status === "rejected") throw outcome.reason;
  if (!transaction.wrote) return outcome.value;
  const id = randomUUID();
  await rememberCommit(database, connection, { id, nowMs: databaseNowMs });
  try {
    await connection.commit();
  } catch (error) {
    if (error instanceof SqlError) throw new UncertainCommit(id, outcome.value, error);
    throw error;
  }
  return outcome.value;
}

async function rememberCommit(
  database: SqlDatabase,
  connection: SqlConnection,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<void> {
  const db = new Kysely<StateSchema>({ dialect: database.dialect(connection) });
  await db.insertInto("conduit_commits").values({ id, at_ms: nowMs }).execute();
  await db
    .deleteFrom("conduit_commits")
    .where("at_ms", "<", nowMs - COMMIT_MEMORY_MS)
    .execute();
}

/**
 * Whether a commit counts that was not confirmed. Who holds the lock that all transactions take knows that it has ended, so that
 * what is not there now never will be.
 */
async function wasCommitted(
  { id, failure }: UncertainCommit<unknown>,
  { database, reconnectTimeoutMs: timeoutMs }: TransactionContext,
): Promise<boolean> {
  try {
    return await withConnection(
      database,
      { signal: undefined, timeoutMs, awaitServer: true },
      async (connection) => {
        await connection.begin("rows", undefined);
        const found = await new Kysely<StateSchema>({ dialect: database.dialect(connection) })
          .selectFrom("conduit_commits")
          .select("id")
          .where("id", "=", id)
          .executeTakeFirst();
        return found !== undefined;
      },
    );
  } catch {
    throw new StateCommitUnknownError(database.store, timeoutMs, { cause: failure.error });
  }
}
