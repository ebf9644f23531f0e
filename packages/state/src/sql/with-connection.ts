import { setTimeout as delay } from "node:timers/promises";
import type { SqlConnection, SqlDatabase } from "./sql-database.ts";
import { SqlError } from "./sql-error.ts";

const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 1_000;

export interface RetryOptions {
  readonly signal: AbortSignal | undefined;
  /** Time in milliseconds for which another connection is sought, from when the first one failed. */
  readonly timeoutMs: number;
  /** Whether a server that cannot be reached is waited for, too, since it was there before. */
  readonly awaitServer: boolean;
}

/**
 * Runs `task` on a connection, and once more on another one where that may help. What a task leaves unfinished is undone.
 *
 * @throws StateDatabaseError for what the database failed with last, or what `task` threw otherwise.
 */
export async function withConnection<T>(
  database: SqlDatabase,
  { signal, timeoutMs, awaitServer }: RetryOptions,
  task: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  // What the task did until then, or a suspension of this program, was no search.
  let deadlineMs: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
    signal?.throwIfAborted();
    try {
      return await once(database, signal, task);
    } catch (thrown) {
      if (!(thrown instanceof SqlError)) throw thrown;
      const mayHelp = thrown.retry === "lost" || (thrown.retry === "unreachable" && awaitServer);
      deadlineMs ??= performance.now() + timeoutMs;
      if (!mayHelp || performance.now() + pauseMs > deadlineMs) throw thrown.error;
    }
    // Whether it was aborted is asked above.
    await delay(pauseMs, undefined, signal && { signal }).catch(() => {});
  }
}

async function once<T>(
  database: SqlDatabase,
  signal: AbortSignal | undefined,
  task: (connection: SqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await database.connect(signal);
  try {
    return await task(connection);
  } finally {
    // After a commit there is nothing to undo.
    await connection.rollback();
    await connection.release();
  }
}
