import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { CallOptions, LeaseRow, StateStore, StateTransaction } from "@conduit/types";
import { LeaseLostError } from "../deployment-error.ts";
import { hasEnded, processIdentity } from "../process-identity.ts";

const LEASE_MS = 30_000;

/** The right to act on a namespace's deployments, which one process has at a time. */
export class NamespaceLease {
  readonly #store: StateStore;
  readonly #row: LeaseRow;
  readonly #timer: NodeJS.Timeout;

  private constructor(store: StateStore, row: LeaseRow) {
    this.#store = store;
    this.#row = row;
    // While a provider takes its time. Each step makes sure by itself that the lease is still there. In real time, since the store's decides.
    this.#timer = setInterval(() => void this.guard().catch(() => {}), LEASE_MS / 3);
    this.#timer.unref();
  }

  /** Takes the lease, also from a process of this machine that has ended; `undefined` where another has it. */
  static async tryAcquire(
    store: StateStore,
    namespace: string,
    options: CallOptions,
  ): Promise<NamespaceLease | undefined> {
    const holder = `${(await processIdentity()) ?? hostname()} ${randomUUID()}`;
    const acquire = (ended?: LeaseRow) =>
      store.transaction(async (transaction) => {
        if (ended !== undefined) await transaction.releaseLease(ended);
        const row = await transaction.acquireLease(namespace, holder, LEASE_MS);
        return { row, other: row === undefined ? await transaction.getLease(namespace) : undefined };
      }, options);
    const { row, other } = await acquire();
    if (row !== undefined) return new NamespaceLease(store, row);
    if (other === undefined || !(await hasEnded(processOf(other)))) return undefined;
    const second = await acquire(other);
    return second.row && new NamespaceLease(store, second.row);
  }

  /**
   * Runs a transaction that counts only under the lease.
   *
   * @throws LeaseLostError when another process has taken it.
   */
  async transaction<T>(
    body: (transaction: StateTransaction) => Promise<T>,
    options: CallOptions = {},
  ): Promise<T> {
    return this.#store.transaction(async (transaction) => {
      const renewed = await transaction.renewLease(this.#row, LEASE_MS);
      if (renewed === undefined) throw new LeaseLostError(this.#row.namespace);
      return body(transaction);
    }, options);
  }

  /** Makes sure of the lease, right before something that the store cannot undo. */
  async guard(options: CallOptions = {}): Promise<void> {
    await this.transaction(async () => {}, options);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#store.transaction((transaction) => transaction.releaseLease(this.#row));
  }
}

function processOf({ holder }: LeaseRow): string {
  return holder.slice(0, holder.lastIndexOf(" "));
}
