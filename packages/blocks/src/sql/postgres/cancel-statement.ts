import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";

/** Milliseconds between requests to cancel: one that comes before the statement has begun does nothing. */
const INTERVAL_MS = 50;
/** Milliseconds after which a statement that cannot be cancelled is left to the server. */
const PATIENCE_MS = 5000;

/**
 * Cancels what a server process runs, through a connection of its own, until that has ended.
 *
 * @returns whether it has ended.
 */
export async function cancelStatement(
  connection: Client,
  processId: number,
  isRunning: () => boolean,
): Promise<boolean> {
  connection.on("error", () => {});
  const deadline = performance.now() + PATIENCE_MS;
  try {
    await connection.connect();
    while (isRunning() && performance.now() < deadline) {
      await connection.query("select pg_cancel_backend($1)", [processId]);
      await delay(INTERVAL_MS);
    }
  } catch {
    // There may be no connection left to be had, or no server.
  } finally {
    await connection.end().catch(() => {});
  }
  return !isRunning();
}
