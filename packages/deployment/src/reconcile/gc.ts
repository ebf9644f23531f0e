import type { Runtime } from "@conduit/types";
import { NodeNotAdoptableError } from "../deployment-error.ts";
import { eventsOf } from "../event.ts";
import { untilOverPause } from "../liveness/after-pauses.ts";
import { adoptNode } from "./adopt-node.ts";
import { collecting } from "./collecting.ts";
import { type DeploymentSummary, summaryOf } from "./deployment-summary.ts";
import { deploymentsAt } from "./deployments-at.ts";
import { describeForeign, type ForeignNode, type FoundNode } from "./foreign.ts";
import { markUnwanted } from "./mark-unwanted.ts";
import { findRowless } from "./orphans.ts";
import { eventsSince, lastEventId, type ReconcileReport, reconcile } from "./reconcile.ts";
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
  /** Ids of deployments to end although their endpoint key cannot be decrypted. Default: none, they are only listed. */
  readonly unreadable?: readonly string[] | undefined;
}

export interface GcReport extends ReconcileReport {
  /** Deployments that nobody uses or keeps; they are gone, unless it was a dry run. */
  readonly unused: readonly DeploymentSummary[];
  /** Deployments whose endpoint key cannot be decrypted. Those that were named are gone, unless it was a dry run. */
  readonly unreadable: readonly DeploymentSummary[];
  /** Names of nodes of this store that no row names; the same. */
  readonly orphans: readonly string[];
  /** Nodes of other stores that were found at these providers. */
  readonly foreign: readonly ForeignNode[];
  /** Names of those that are nodes of this store from now on. */
  readonly adopted: readonly string[];
}

/**
 * Ends what nobody wants: deployments that no living process uses and that are not kept, and nodes at the providers that carry this store's
 * UUID without being in it. Nodes of other stores are listed; they are ended, or taken over, only where named. So are deployments whose
 * endpoint key cannot be decrypted, which are ended only where named. Then reconciles.
 *
 * What could not be done is in the report: ProviderError, ScopeChangedError, {@link NodeNotAdoptableError}.
 */
export async function gc(request: GcRequest): Promise<GcReport> {
  const { store, providers, dryRun = false } = request;
  const errors: unknown[] = [];
  // What this process uses itself may have lapsed while its machine was suspended.
  await untilOverPause();
  const afterId = await lastEventId(store, request);
  // What is wrong with a provider, the reconciliation says as well.
  const { here, elsewhere } = await deploymentsAt(request, dryRun ? errors : []);
  const ids = new Set(here.map(({ deployment }) => deployment.id));
  const { unused, unreadable } = await markUnwanted(request, ids);
  const lists = await Promise.all(
    providers.map((provider) => collecting(errors, () => findRowless({ store, provider }, request))),
  );
  const orphans = lists.flatMap((each) => each?.orphans ?? []);
  const found = lists.flatMap((each) => each?.foreign ?? []);
  const foreign = await Promise.all(found.map(describeForeign));
  const listed = { unused: unused.map(summaryOf), unreadable: unreadable.map(summaryOf), orphans, foreign };
  if (dryRun) {
    return {
      ...listed,
      adopted: [],
      events: [],
      leftAlone: elsewhere.map(summaryOf),
      errors,
      waiting: false,
    };
  }
  const adopted = await adoptNamed(request, found, errors);
  for (const each of found) {
    if (request.foreign?.includes(each.node.name)) {
      await collecting(errors, () => giveUpForeign(request, each));
    }
  }
  const { leftAlone, waiting, errors: later } = await reconcile(request);
  const events = await eventsSince(store, afterId, request);
  return { ...listed, adopted, events, leftAlone, errors: [...errors, ...later], waiting };
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
