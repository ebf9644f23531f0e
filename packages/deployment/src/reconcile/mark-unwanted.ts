import type { CallOptions, DeploymentRow, Runtime, StateStore, StateTransaction } from "@conduit/types";
import { type Clock, systemClock } from "../clock.ts";
import { isUnreadable } from "../endpoint-key.ts";
import { eventsOf } from "../event.ts";
import { AttachmentWatch, LATE_LOOK_INTERVAL_MS } from "./attachment-watch.ts";

export interface UnwantedRequest extends CallOptions {
  readonly store: StateStore;
  readonly namespace?: string | undefined;
  readonly runtime?: Runtime | undefined;
  readonly dryRun?: boolean | undefined;
  /** Ids of deployments to end although their endpoint key cannot be decrypted. */
  readonly unreadable?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
}

export interface Unwanted {
  readonly unused: readonly DeploymentRow[];
  readonly unreadable: readonly DeploymentRow[];
}

/** Finds those of `ids` that nobody uses, or can use; unless it is a dry run, unused and named ones are to go from now on. */
export async function markUnwanted(request: UnwantedRequest, ids: ReadonlySet<string>): Promise<Unwanted> {
  const { store, dryRun = false, unreadable: named = [], signal } = request;
  const watch = await untilNoneIsLate(request, ids);
  return store.transaction(
    async (transaction) => {
      const rows = await rowsOf(transaction, request, ids);
      const unused: DeploymentRow[] = [];
      for (const row of rows) {
        if (!mayGo(row)) continue;
        const attachments = await transaction.listAttachments(row.id);
        if (attachments.some((each) => !watch.isOver(each, transaction.nowMs))) continue;
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

/** Looks at the attachments until it is known of every deployment whether somebody uses it. */
async function untilNoneIsLate(request: UnwantedRequest, ids: ReadonlySet<string>): Promise<AttachmentWatch> {
  const { store, clock = systemClock, signal } = request;
  const watch = new AttachmentWatch(clock);
  for (;;) {
    const { nowMs, users } = await store.transaction(
      async (transaction) => {
        const rows = (await rowsOf(transaction, request, ids)).filter(mayGo);
        const users = await Promise.all(rows.map(({ id }) => transaction.listAttachments(id)));
        return { nowMs: transaction.nowMs, users };
      },
      { signal },
    );
    await watch.look(users.flat(), nowMs);
    const isOpen = users.some((attachments) => {
      const left = attachments.filter((each) => !watch.isOver(each, nowMs));
      return left.length > 0 && left.every((each) => watch.isLate(each, nowMs));
    });
    if (!isOpen) return watch;
    await clock.sleep(LATE_LOOK_INTERVAL_MS, signal);
  }
}

async function rowsOf(
  transaction: StateTransaction,
  { namespace = "default", runtime }: UnwantedRequest,
  ids: ReadonlySet<string>,
): Promise<readonly DeploymentRow[]> {
  const rows = await transaction.listDeployments(namespace);
  return rows.filter((row) => ids.has(row.id) && (runtime === undefined || row.runtime === runtime));
}

/** Whether it is to go where nobody uses it. */
function mayGo(row: DeploymentRow): boolean {
  return !row.keep && !isUnreadable(row);
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
