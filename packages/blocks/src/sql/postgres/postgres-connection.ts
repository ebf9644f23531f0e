import { setTimeout as delay } from "node:timers/promises";
import type { Client, CustomTypesConfig, PoolClient, Query, QueryResult } from "pg";
import type { RowCollector, SqlRow } from "../row-collector.ts";
import type { SqlStatement } from "../split-statements.ts";
import type { SqlConnection, SqlParameter } from "../sql-database.ts";
import { SqlProblem } from "../sql-problem.ts";
import { cancelStatement } from "./cancel-statement.ts";
import { toSqlProblem } from "./postgres-error.ts";

/** Milliseconds for what tidies up, and for a commit once nobody waits for it. */
const PATIENCE_MS = 5000;

/** What a connection needs to know besides its client. */
export interface PostgresConnectionParts {
  readonly client: PoolClient;
  readonly Query: typeof Query;
  readonly types: CustomTypesConfig;
  readonly readOnly: boolean;
  /** Milliseconds after which the server itself ends a statement, in case this process is gone; 0 for never. */
  readonly serverTimeoutMs: number;
  /** A connection of no pool, not connected yet. */
  createClient(): Client;
  readonly giveBack: () => void;
}

/** A client of the pool, in use by one run. */
export class PostgresConnection implements SqlConnection {
  readonly #parts: PostgresConnectionParts;
  #processId: number | undefined;
  #isRunning = false;
  #isBroken = false;
  #isInterrupted = false;
  #isCommitting = false;
  #cancelling: Promise<void> | undefined;

  constructor(parts: PostgresConnectionParts) {
    this.#parts = parts;
    parts.client.on("error", this.#onError);
  }

  /** The second statement is one that looks at data: after it, no command can make a transaction that only reads a writing one. */
  async begin(): Promise<void> {
    const { readOnly, serverTimeoutMs } = this.#parts;
    await this.#query(readOnly ? "begin read only" : "begin read write");
    const settings = `select set_config('statement_timeout', '${serverTimeoutMs}', true), pg_backend_pid() as id`;
    const { rows } = await this.#query(settings);
    this.#processId = rows[0]?.id;
  }

  async execute(
    { text }: SqlStatement,
    parameters: readonly SqlParameter[],
    rows: RowCollector,
  ): Promise<number> {
    if (this.#isInterrupted) throw new SqlProblem("statement", "PostgreSQL: canceled.");
    // The extended protocol, also without parameters: the server takes one statement, whatever this package thinks is one.
    const config = { text, values: [...parameters], types: this.#parts.types, queryMode: "extended" };
    const query = new this.#parts.Query<SqlRow, SqlParameter[]>(config);
    const ended = new Promise<QueryResult>((resolve, reject) => {
      query.on("row", (row: SqlRow) => {
        rows.add(row);
        if (rows.problem !== undefined) this.interrupt();
      });
      query.on("end", resolve);
      query.on("error", reject);
    });
    let changed = 0;
    try {
      this.#parts.client.query(query);
      changed = (await this.#track(ended)).rowCount ?? 0;
    } catch (error) {
      if (rows.problem === undefined) throw error;
    }
    if (this.#parts.client.getTransactionStatus() === "I") {
      throw new SqlProblem("refused", "The command ended the transaction, which is the block's affair.");
    }
    return changed;
  }

  async commit(signal: AbortSignal): Promise<void> {
    const late = new AbortController();
    const onAbort = (): void => {
      // A commit is not cancelled half-way, but nobody waits for one for ever.
      delay(PATIENCE_MS, undefined, { signal: late.signal }).then(
        () => this.#break(),
        () => {},
      );
    };
    signal.addEventListener("abort", onAbort, { once: true });
    this.#isCommitting = true;
    try {
      const { command } = await this.#query("commit");
      if (command !== "COMMIT")
        throw new SqlProblem("statement", "PostgreSQL: rolled back instead of committed.");
    } catch (error) {
      if (error instanceof SqlProblem && error.failure === "statement") throw error;
      const reason = "The connection broke while the transaction was committed: whether it was is not known.";
      throw new SqlProblem("commit", reason);
    } finally {
      signal.removeEventListener("abort", onAbort);
      late.abort();
    }
  }

  async rollback(): Promise<void> {
    await this.#cancelling;
    if (this.#parts.client.getTransactionStatus() !== "I") await this.#tidy("rollback");
  }

  /** Ends the statement; where that does not do, the connection. */
  interrupt(): void {
    this.#isInterrupted = true;
    if (!this.#isRunning || this.#isCommitting || this.#cancelling !== undefined) return;
    const processId = this.#processId;
    if (processId === undefined) {
      this.#break();
      return;
    }
    this.#cancelling = cancelStatement(this.#parts.createClient(), processId, () => this.#isRunning).then(
      (hasEnded) => {
        if (!hasEnded) this.#break();
      },
    );
  }

  /** What a command set, prepared, locked or listened to is not there for the next run. */
  async release(): Promise<void> {
    await this.#cancelling;
    await this.#tidy("discard all");
    const { client, giveBack } = this.#parts;
    // One that is broken may still say so.
    if (!this.#isBroken) client.off("error", this.#onError);
    client.release(this.#isBroken);
    giveBack();
  }

  async #query(sql: string): Promise<QueryResult> {
    return this.#track(this.#parts.client.query(sql));
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#isRunning = true;
    try {
      return await work;
    } catch (error) {
      const problem = toSqlProblem(error);
      if (problem.failure === "connection") this.#isBroken = true;
      throw problem;
    } finally {
      this.#isRunning = false;
    }
  }

  async #tidy(sql: string): Promise<void> {
    if (this.#isBroken) return;
    const patience = setTimeout(() => this.#break(), PATIENCE_MS);
    try {
      await this.#query(sql);
    } catch {
      this.#isBroken = true;
    } finally {
      clearTimeout(patience);
    }
  }

  /** Closes the connection under whatever runs in it. */
  #break(): void {
    this.#isBroken = true;
    this.#parts.client.end().catch(() => {});
  }

  /** Without a listener, a connection that breaks would end the program. Queries that fail because of it say so themselves. */
  readonly #onError = (): void => {
    this.#isBroken = true;
  };
}
