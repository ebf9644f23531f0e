import type { CallOptions, StateStore, StateTransaction } from "@conduit/types";
import type { Keyring } from "../secret/keyring.ts";
import { openKeyring } from "../secret/open-keyring.ts";
import { StateStoreClosedError } from "../state-error.ts";
import { Turns } from "../turns.ts";
import { migrate } from "./migrate.ts";
import { runTransaction } from "./run-transaction.ts";
import type { SqlDatabase } from "./sql-database.ts";
import { readStoreRow, recordKey } from "./store-row.ts";
import { withConnection } from "./with-connection.ts";

/** How a store finds its keys, and for how long it tries. */
export interface SqlStateStoreOptions extends CallOptions {
  /** Text that endpoint keys are encrypted with. */
  readonly secret: string | undefined;
  /** Text that they were encrypted with before. */
  readonly previousSecret?: string | undefined;
  /** Where a key is kept if there is no secret. */
  readonly keyFile: string | undefined;
  /** Time in milliseconds for which a lost connection is sought again. */
  readonly reconnectTimeoutMs: number;
  /** For tests: milliseconds since 1970 in place of the database's own time. */
  readonly clock?: (() => number) | undefined;
}

/** Keeps state in a database. Transactions of one store run one after another, those of several wait for each other's lock. */
export class SqlStateStore implements StateStore {
  readonly #database: SqlDatabase;
  readonly #storeId: string;
  readonly #keyring: Keyring;
  readonly #options: SqlStateStoreOptions;
  readonly #turns = new Turns();
  #closing: Promise<void> | undefined;

  /** Migrates the database where that is due, and checks that its endpoint keys can be decrypted; closes it where either fails. */
  static async open(database: SqlDatabase, options: SqlStateStoreOptions): Promise<SqlStateStore> {
    try {
      const { signal, secret, previousSecret, keyFile } = options;
      const retry = { signal, timeoutMs: options.reconnectTimeoutMs, awaitServer: false };
      await withConnection(database, retry, (connection) => migrate(database, connection, signal));
      const { storeId, keyId } = await withConnection(database, retry, (connection) =>
        readStoreRow(database, connection, signal),
      );
      const { store } = database;
      const keyring = await openKeyring({
        store,
        storeId,
        secret,
        previousSecret,
        keyFile,
        recordedKeyId: keyId,
      });
      if (keyId !== keyring.sealingKeyId) {
        await withConnection(database, retry, (connection) =>
          recordKey(database, connection, keyring, signal),
        );
      }
      return new SqlStateStore(database, storeId, keyring, options);
    } catch (error) {
      // The first failure is the one to tell. A connection that is not there yet may keep an end waiting.
      const closed = database.close().catch(() => {});
      if (!options.signal?.aborted) await closed;
      throw error;
    }
  }

  private constructor(
    database: SqlDatabase,
    storeId: string,
    keyring: Keyring,
    options: SqlStateStoreOptions,
  ) {
    this.#database = database;
    this.#storeId = storeId;
    this.#keyring = keyring;
    this.#options = options;
  }

  async storeId(options: CallOptions = {}): Promise<string> {
    this.#requireOpen(options.signal);
    return this.#storeId;
  }

  async transaction<T>(
    body: (transaction: StateTransaction) => Promise<T>,
    { signal }: CallOptions = {},
  ): Promise<T> {
    this.#requireOpen(signal);
    return this.#turns.take(() => {
      this.#requireOpen(signal);
      const { reconnectTimeoutMs, clock } = this.#options;
      return runTransaction(body, {
        database: this.#database,
        keyring: this.#keyring,
        reconnectTimeoutMs,
        clock,
        signal,
      });
    }, signal);
  }

  /** Transactions under way still end; further ones are refused. More than once is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.take(() => this.#database.close());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw new StateStoreClosedError("store");
  }
}
