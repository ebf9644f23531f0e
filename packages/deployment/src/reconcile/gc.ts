import type { DeploymentRow, Runtime, StateTransaction } from "@conduit/types";
import { NodeNotAdoptableError } from "../deployment-error.ts";
import { eventsOf } from "../event.ts";
import { adoptNode } from "./adopt-node.ts";
import { collecting } from "./collecting.ts";
import { describeForeign, type ForeignNode, type FoundNode } from "./foreign.ts";
import { findRowless } from "./orphans.ts";
import { idsOfEnded } from "./pass.ts";
import { deploymentsAt, eventsSince, lastEventId, type ReconcileReport, reconcile } from "./reconcile.ts";
import type { ReconcileRequest } from "./reconcile-request.ts";
import { underLease } from "./under-lease.ts";

/** What {@link gc} is asked for. */
export interface GcRequest extends ReconcileRequest {
  /** Only deployments of this runtime. Default: of all. */
  readonly runtime?: Runtime | undefined;
  /** Only say what would go. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** Names of nodes of other stores to end. Default: none, they are only listed. */
  readonly foreign?: readonly string[] | undefined;
  /**
   * Names of nodes of other stores to take over, as after a database was lost: each joins the deployment of this store that runs the same, or
   * comes with its own, and a program that deploys the same uses it. For an hour the deployment counts as used. Default: none.
   */
  readonly adopt?: readonly string[] | undefined;
}

/** A deployment that nobody uses, without its key: reports are there to be printed. */
export type UnusedDeployment = Omit<DeploymentRow, "endpointKey">;

export interface GcReport extends ReconcileReport {
  /** Deployments that nobody uses or keeps; they are gone, unless it was a dry run. */
  readonly unused: readonly UnusedDeployment[];
  /** Names of nodes of this store that no row names; the same. */
  readonly orphans: readonly string[];
  /** Nodes of other stores that were found at these providers. */
  readonly foreign: readonly ForeignNode[];
  /** Names of those that are nodes of this store from now on. */
  readonly adopted: readonly string[];
}

/**
 * Ends what nobody wants: deployments that no living process uses and that are not kept, and nodes at the providers that carry this store's
 * UUID without being in it. Nodes of other stores are listed; they are ended, or taken over, only where named. Then reconciles.
 *
 * What could not be done is in the report: ProviderError, {@link NodeNotAdoptableError}.
 */
export async function gc(request: GcRequest): Promise<GcReport> {
  const { store, providers, dryRun = false } = request;
  const errors: unknown[] = [];
  const afterId = await lastEventId(store, request);
  // What is wrong with a provider, the reconciliation says as well.
  const here = await deploymentsAt(request, dryRun ? errors : []);
  const unused = await markUnused(request, new Set(here.map(({ deployment }) => deployment.id)));
  const lists = await Promise.all(
    providers.map((provider) => collecting(errors, () => findRowless({ store, provider }, request))),
  );
  const orphans = lists.flatMap((each) => each?.orphans ?? []);
  const found = lists.flatMap((each) => each?.foreign ?? []);
  const foreign = await Promise.all(found.map(describeForeign));
  if (dryRun) return { unused, orphans, foreign, adopted: [], events: [], errors, waiting: false };
  const adopted = await adoptNamed(request, found, errors);
  for (const each of found) {
    if (request.foreign?.includes(each.node.name)) {
      await collecting(errors, () => giveUpForeign(request, each));
    }
  }
  const { waiting, errors: later } = await reconcile(request);
  const events = await eventsSince(store, afterId, request);
  return { unused, orphans, foreign, adopted, events, errors: [...errors, ...later], waiting };
}

/** Takes over nodes of other stores; names of those for which that went well. */
async function adoptNamed(
  request: GcRequest,
  found: readonly FoundNode[],
  errors: unknown[],
): Promise<readonly string[]> {
  const adopted: string[] = [];
  for (const name of request.adopt ?? []) {
    await collecting(errors, async () => {
      const foreign = found.find(({ node }) => node.name === name);
      if (foreign === undefined) {
        throw new NodeNotAdoptableError(
          name,
          "be one of another store",
          "the providers list none of that name",
        );
      }
      await underLease(request, (lease) => adoptNode({ ...request, lease }, foreign, request));
      adopted.push(name);
    });
  }
  return adopted;
}

/** From here on a node of another store is one that this store ends, as reconciliations do; nothing reverses that. */
async function giveUpForeign(request: GcRequest, { provider, node }: FoundNode): Promise<void> {
  const scope = await provider.scope(request);
  const { name: nodeName } = node;
  await underLease(request, (lease) =>
    lease.transaction(async (transaction) => {
      // It may have been adopted meanwhile.
      if ((await transaction.getNode(nodeName)) !== undefined) return;
      const reason = "it belongs to another store and was named";
      const createdAtMs = transaction.nowMs;
      await transaction.putTombstone({ nodeName, provider: provider.name, scope, reason, createdAtMs });
      await eventsOf(transaction)("node-orphan", "done", { nodeName, detail: reason });
    }, request),
  );
}

/** Finds deployments of these ids that nobody uses; unless it is a dry run, they are to go from now on. */
async function markUnused(
  { store, namespace = "default", runtime, dryRun = false, signal }: GcRequest,
  ids: ReadonlySet<string>,
): Promise<readonly UnusedDeployment[]> {
  const attachments = await store.transaction(
    async (transaction) => (await Promise.all([...ids].map((id) => transaction.listAttachments(id)))).flat(),
    { signal },
  );
  const ended = await idsOfEnded(attachments);
  return store.transaction(
    async (transaction) => {
      const unused: UnusedDeployment[] = [];
      for (const row of await transaction.listDeployments(namespace)) {
        if (!ids.has(row.id) || row.keep || (runtime !== undefined && row.runtime !== runtime)) continue;
        if (await isUsed(transaction, row, ended)) continue;
        const { endpointKey: _, ...withoutKey } = row;
        unused.push(withoutKey);
        if (dryRun || row.status === "DELETING") continue;
        await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: transaction.nowMs });
        await eventsOf(transaction)("deployment-delete", "intent", {
          deploymentId: row.id,
          detail: "nobody uses it",
        });
      }
      return unused;
    },
    { signal },
  );
}

async function isUsed(
  transaction: StateTransaction,
  { id }: DeploymentRow,
  ended: ReadonlySet<string>,
): Promise<boolean> {
  const attachments = await transaction.listAttachments(id);
  return attachments.some((each) => each.leaseExpiresAtMs > transaction.nowMs && !ended.has(each.id));
}
