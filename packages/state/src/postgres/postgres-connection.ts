import type { PoolClient, QueryResult } from "pg";
import { orAborted } from "../or-aborted.ts";
import type { SqlConnection, TransactionLock } from "../sql/sql-database.ts";
import { toSqlError } from "./postgres-error.ts";

export interface PostgresOptions {
  /** Longest wait in milliseconds for the lock of another transaction. */
  readonly busyTimeoutMs: number;
  /** Time in milliseconds after which the server ends a transaction whose program does nothing, such as one that was suspended. */
  readonly idleTransactionTimeoutMs: number;
}

/** Number that keeps programs apart that migrate one database: "conduit" as bytes. */
const MIGRATION_LOCK = 0x63_6f_6e_64_75_69_74n;

const locks: Record<TransactionLock, string> = {
  rows: "select id from conduit_store for update",
  schema: `select pg_advisory_xact_lock(${MIGRATION_LOCK})`,
};

/** A client of the pool, in use by one transaction. */
export class PostgresConnection implements SqlConnection {
  readonly #client: PoolClient;
  readonly #store: string;
  readonly #options: PostgresOptions;
  #state: "idle" | "in-transaction" | "unknown" = "idle";

  constructor(client: PoolClient, store: string, options: PostgresOptions) {
    this.#client = client;
    this.#store = store;
    this.#options = options;
    client.on("error", this.#onError);
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<readonly unknown[]> {
    const { rows } = await this.#run(() => this.#client.query(sql, [...parameters]));
    return rows;
  }

  /**
   * Whoever has the lock sees, statement by statement, all that was committed before; so transactions under it run as if alone. The time
   * is taken after the wait for it, and not, as `now()` would be, before.
   */
  async begin(lock: TransactionLock, signal: AbortSignal | undefined): Promise<number> {
    const { busyTimeoutMs, idleTransactionTimeoutMs } = this.#options;
    const statements = [
      "begin isolation level read committed read write",
      `set local lock_timeout = ${busyTimeoutMs}`,
      `set local idle_in_transaction_session_timeout = ${idleTransactionTimeoutMs}`,
      // What is committed survives the loss of power; what the server does beyond that is its own affair.
      "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'",
      locks[lock],
      "select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms",
    ];
    signal?.throwIfAborted();
    // Whoever does not want to wait any longer leaves the connection behind; the server notices.
    this.#state = "unknown";
    const begun = this.#run(() => this.#client.query(statements.join("; "))) as unknown as Promise<
      QueryResult[]
    >;
    const results = await orAborted(begun, signal);
    this.#state = "in-transaction";
    return results.at(-1)?.rows[0].now_ms;
  }

  async commit(): Promise<void> {
    this.#state = "unknown";
    await this.query("commit");
    this.#state = "idle";
  }

  async rollback(): Promise<void> {
    if (this.#state !== "in-transaction") return;
    this.#state = "unknown";
    await this.query("rollback").then(
      () => {
        this.#state = "idle";
      },
      () => {},
    );
  }

  async release(): Promise<void> {
    this.#client.off("error", this.#onError);
    this.#client.release(this.#state !== "idle");
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const failure = toSqlError(error, this.#store, this.#options.busyTimeoutMs);
      if (failure.retry !== "never") this.#state = "unknown";
      throw failure;
    }
  }

  /** Without a listener, a connection that breaks would end the program. Queries that fail because of it say so themselves. */
  readonly #onError = (): void => {
    this.#state = "unknown";
  };
}
