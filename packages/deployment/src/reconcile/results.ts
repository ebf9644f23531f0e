import type { NodeRow, ProviderNode, StateStore, StateTransaction } from "@conduit/types";
import { eventsOf } from "../event.ts";
import { billedMicroDollars } from "./facts.ts";
import { toDeleting } from "./judge-node.ts";

/**
 * Writes what came of an effect. These are facts, so they count without the lease; but a row that others have removed meanwhile stays
 * removed, and one that they have given up stays so.
 */
export class Results {
  readonly #store: StateStore;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** The provider has taken the node on. */
  async created({ name }: NodeRow, node: ProviderNode): Promise<void> {
    await this.#update(name, "node-create", "done", undefined, (row, nowMs) => ({
      ...row,
      status: row.status === "DELETING" ? "DELETING" : "PROVISIONED",
      creatorId: undefined,
      externalId: node.id,
      baseUrl: node.baseUrl,
      actualPriceMicroDollarsPerHour: node.priceMicroDollarsPerHour,
      billedSinceMs: row.billedSinceMs ?? nowMs,
    }));
  }

  /** The node certainly does not exist. */
  async refused({ name }: NodeRow, reason: string): Promise<void> {
    await this.#update(name, "node-create", "failed", reason, () => undefined);
  }

  /** It may exist: from here on it is looked for. */
  async unanswered({ name }: NodeRow, reason: string): Promise<void> {
    await this.#update(name, "node-create", "failed", `perhaps: ${reason}`, (row) => ({
      ...row,
      creatorId: undefined,
      lastError: reason,
    }));
  }

  async stopped({ name }: NodeRow): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      const row = await transaction.getNode(name);
      if (row === undefined) return;
      const deployment = await transaction.getDeployment(row.deploymentId);
      if (deployment === undefined) return;
      const spent = billedMicroDollars(row, transaction.nowMs);
      await transaction.putDeployment({
        ...deployment,
        spentMicroDollars: deployment.spentMicroDollars + spent,
      });
      const status = row.status === "DELETING" ? "DELETING" : "STOPPED";
      await put(transaction, { ...row, status, billedSinceMs: undefined });
      await eventsOf(transaction)("node-stop", "done", { deploymentId: row.deploymentId, nodeName: name });
    });
  }

  async started({ name }: NodeRow): Promise<void> {
    await this.#update(name, "node-start", "done", undefined, (row, nowMs) => ({
      ...row,
      // Another process may have found it running before.
      ...(row.status === "STOPPED" && { status: "PROVISIONED", attempts: row.attempts + 1 }),
      billedSinceMs: row.billedSinceMs ?? nowMs,
    }));
  }

  /** The node cannot be started again. */
  async unstartable({ name }: NodeRow, reason: string): Promise<void> {
    await this.#update(name, "node-start", "failed", reason, (row, nowMs) => toDeleting(row, reason, nowMs));
  }

  async terminated({ name }: NodeRow): Promise<void> {
    await this.#update(name, "node-delete", "done", undefined, (row) => row);
  }

  async failed({ name }: NodeRow, action: string, reason: string): Promise<void> {
    await this.#update(name, action, "failed", reason, (row) => ({ ...row, lastError: reason }));
  }

  async #update(
    name: string,
    action: string,
    outcome: "done" | "failed",
    detail: string | undefined,
    change: (row: NodeRow, nowMs: number) => NodeRow | undefined,
  ): Promise<void> {
    await this.#store.transaction(async (transaction) => {
      const row = await transaction.getNode(name);
      await eventsOf(transaction)(action, outcome, {
        deploymentId: row?.deploymentId,
        nodeName: name,
        detail: row === undefined ? `after its row was gone: ${detail ?? "done"}` : detail,
      });
      if (row === undefined) return;
      const changed = change(row, transaction.nowMs);
      if (changed === undefined) await transaction.removeNode(name);
      else await put(transaction, changed);
    });
  }
}

/** Replaces a row. The time at which a node began to go stays. */
async function put(transaction: StateTransaction, row: NodeRow): Promise<void> {
  await transaction.putNode(row.status === "DELETING" ? row : { ...row, updatedAtMs: transaction.nowMs });
}
