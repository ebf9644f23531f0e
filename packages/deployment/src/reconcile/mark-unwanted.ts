import type { CallOptions, DeploymentRow, Runtime, StateStore, StateTransaction } from "@conduit/types";
import { isUnreadable } from "../endpoint-key.ts";
import { eventsOf } from "../event.ts";
import { idsOfEnded } from "./pass.ts";

export interface UnwantedRequest extends CallOptions {
  readonly store: StateStore;
  readonly namespace?: string | undefined;
  readonly runtime?: Runtime | undefined;
  readonly dryRun?: boolean | undefined;
  /** Ids of deployments to end although their endpoint key cannot be decrypted. */
  readonly unreadable?: readonly string[] | undefined;
}

export interface Unwanted {
  readonly unused: readonly DeploymentRow[];
  readonly unreadable: readonly DeploymentRow[];
}

/** Finds those of `ids` that nobody uses, or can use; unless it is a dry run, unused and named ones are to go from now on. */
export async function markUnwanted(
  { store, namespace = "default", runtime, dryRun = false, unreadable: named = [], signal }: UnwantedRequest,
  ids: ReadonlySet<string>,
): Promise<Unwanted> {
  const attachments = await store.transaction(
    async (transaction) => (await Promise.all([...ids].map((id) => transaction.listAttachments(id)))).flat(),
    { signal },
  );
  const ended = await idsOfEnded(attachments);
  return store.transaction(
    async (transaction) => {
      const rows = (await transaction.listDeployments(namespace)).filter(
        (row) => ids.has(row.id) && (runtime === undefined || row.runtime === runtime),
      );
      const unused: DeploymentRow[] = [];
      for (const row of rows) {
        if (row.keep || isUnreadable(row) || (await isUsed(transaction, row, ended))) continue;
        unused.push(row);
        if (!dryRun) await markDeleting(transaction, row, "nobody uses it");
      }
      const unreadable = rows.filter(isUnreadable);
      for (const row of unreadable) {
        if (!dryRun && named.includes(row.id)) {
          await markDeleting(transaction, row, "its endpoint key cannot be decrypted");
        }
      }
      return { unused, unreadable };
    },
    { signal },
  );
}

async function markDeleting(
  transaction: StateTransaction,
  row: DeploymentRow,
  detail: string,
): Promise<void> {
  if (row.status === "DELETING") return;
  await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: transaction.nowMs });
  await eventsOf(transaction)("deployment-delete", "intent", { deploymentId: row.id, detail });
}

async function isUsed(
  transaction: StateTransaction,
  { id }: DeploymentRow,
  ended: ReadonlySet<string>,
): Promise<boolean> {
  const attachments = await transaction.listAttachments(id);
  return attachments.some((each) => each.leaseExpiresAtMs > transaction.nowMs && !ended.has(each.id));
}
