import { randomUUID } from "node:crypto";
import type { CallOptions, StateStore, StateTransaction } from "@conduit/types";
import { StateStoreClosedError } from "../state-error.ts";
import { MemoryDatabase } from "./memory-database.ts";
import { MemoryTransaction } from "./memory-transaction.ts";

export interface MemoryStateStoreOptions {
  /** The store's UUID. Default: a new one. */
  readonly storeId?: string | undefined;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly clock?: (() => number) | undefined;
}

/**
 * Keeps state for as long as the process lives. Transactions run one after another, in the order in which they were asked for.
 */
export class MemoryStateStore implements StateStore {
  readonly #storeId: string;
  readonly #clock: () => number;
  readonly #database: MemoryDatabase;
  #open = true;

  /** @param database - @internal Rows to share with other stores of this process. Default: none. */
  constructor(options: MemoryStateStoreOptions = {}, database = new MemoryDatabase()) {
    this.#storeId = options.storeId ?? randomUUID();
    this.#clock = options.clock ?? Date.now;
    this.#database = database;
  }

  async storeId(options: CallOptions = {}): Promise<string> {
    this.#requireOpen(options.signal);
    return this.#storeId;
  }

  async transaction<T>(
    body: (transaction: StateTransaction) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    this.#requireOpen(options.signal);
    return this.#database.exclusively(async (copy) => {
      this.#requireOpen(options.signal);
      const transaction = new MemoryTransaction(copy, this.#clock());
      try {
        const result = await body(transaction);
        return { result, tables: transaction.end() };
      } finally {
        transaction.abandon();
      }
    }, options.signal);
  }

  /** Transactions under way still end; further ones are refused. More than once is fine. */
  async close(): Promise<void> {
    this.#open = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (!this.#open) throw new StateStoreClosedError("store");
  }
}
