import {
  type CallOptions,
  type ComputeProvider,
  type DeploymentRow,
  type EventRow,
  ProviderError,
  type Runtime,
  type StateStore,
  type StateTransaction,
} from "@conduit/types";
import { type Clock, systemClock } from "../clock.ts";
import { DeploymentError, LeaseLostError } from "../deployment-error.ts";
import { eventsOf } from "../event.ts";
import { NamespaceLease } from "./namespace-lease.ts";
import { buryOrphans, type ForeignNode, findForeign } from "./orphans.ts";
import { idsOfEnded, runPass } from "./pass.ts";

/** What {@link reconcile} is asked for. */
export interface ReconcileRequest extends CallOptions {
  readonly store: StateStore;
  /** Where deployments run. Those that run at none of these are left alone. */
  readonly providers: readonly ComputeProvider[];
  /** Default `"default"`. */
  readonly namespace?: string | undefined;
  /** Time that waiting is measured in, for tests. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** What {@link gc} is asked for. */
export interface GcRequest extends ReconcileRequest {
  /** Only deployments of this runtime. Default: of all. */
  readonly runtime?: Runtime | undefined;
  /** Only say what would go. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** Names of nodes of other stores to end. Default: none, they are only listed. */
  readonly foreign?: readonly string[] | undefined;
}

/** What a reconciliation did and found. */
export interface ReconcileReport {
  /** What was done, as the store's events say it. */
  readonly events: readonly EventRow[];
  /** What could not be done, and is tried again by the next reconciliation. */
  readonly errors: readonly unknown[];
  /** Whether something has yet to happen that only time brings. */
  readonly waiting: boolean;
}

/** A deployment that nobody uses, without its key: reports are there to be printed. */
export type UnusedDeployment = Omit<DeploymentRow, "endpointKey">;

export interface GcReport extends ReconcileReport {
  /** Deployments that nobody uses or keeps; they are gone, unless it was a dry run. */
  readonly unused: readonly UnusedDeployment[];
  /** Names of nodes of this store that no row names; the same. */
  readonly orphans: readonly string[];
  /** Nodes of other stores at these providers. */
  readonly foreign: readonly ForeignNode[];
}

/** Passes over one deployment, after which a reconciliation leaves the rest to time. */
const MOST_PASSES = 20;
const TURN_INTERVAL_MS = 100;

/**
 * Compares what the store says with what the providers say, in both directions, and repairs the difference. Finishes what crashed programs
 * have left half done. Nodes that are missing are created only by programs that use their deployment, since only they know its secrets.
 *
 * Failures of single deployments or providers are in the report.
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconcileReport> {
  const { store, providers } = request;
  const afterId = await lastEventId(store, request);
  const errors: unknown[] = [];
  let waiting = false;
  for (const provider of providers) {
    await collecting(errors, () =>
      underLease(request, (lease) => buryOrphans({ store, provider, lease }, request)),
    );
  }
  for (const { deployment, provider } of await deploymentsAt(request, errors)) {
    if (await settle(request, deployment, provider, errors)) waiting = true;
  }
  return { events: await eventsSince(store, afterId, request), errors, waiting };
}

/**
 * Ends what nobody wants: deployments that no living process uses and that are not kept, and nodes at the providers that carry this store's
 * UUID without being in it. Nodes of other stores are listed, and ended only where named. Then reconciles.
 */
export async function gc(request: GcRequest): Promise<GcReport> {
  const { store, providers, dryRun = false } = request;
  const errors: unknown[] = [];
  // What is wrong with a provider, the reconciliation says as well.
  const here = await deploymentsAt(request, dryRun ? errors : []);
  const unused = await markUnused(request, new Set(here.map(({ deployment }) => deployment.id)));
  const found = await Promise.all(
    providers.map((provider) => collecting(errors, () => findForeign({ store, provider }, request))),
  );
  const lists = found.filter((each) => each !== undefined);
  const orphans = lists.flatMap((each) => each.orphans);
  const foreign = lists.flatMap((each) => each.foreign);
  if (dryRun) return { unused, orphans, foreign, events: [], errors, waiting: false };
  const named = foreign.filter(({ name }) => request.foreign?.includes(name));
  for (const { name, id, provider } of named) {
    await collecting(errors, async () => {
      await providers.find((each) => each.name === provider)?.terminateNode(id, request);
      await store.transaction((transaction) =>
        eventsOf(transaction)("node-delete", "done", {
          nodeName: name,
          detail: "it belonged to another store",
        }),
      );
    });
  }
  const report = await reconcile(request);
  return { ...report, unused, orphans, foreign, errors: [...errors, ...report.errors] };
}

/** Finds those of `ids` that nobody uses; unless it is a dry run, they are to go from now on. */
async function markUnused(
  { store, namespace = "default", runtime, dryRun = false, signal }: GcRequest,
  ids: ReadonlySet<string>,
): Promise<readonly UnusedDeployment[]> {
  const attachments = await store.transaction(
    async (transaction) => {
      const rows = await transaction.listDeployments(namespace);
      return (await Promise.all(rows.map(({ id }) => transaction.listAttachments(id)))).flat();
    },
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

/** The namespace's deployments at the providers that were named. */
async function deploymentsAt(
  { store, providers, namespace = "default", signal }: ReconcileRequest,
  errors: unknown[],
): Promise<readonly { readonly deployment: DeploymentRow; readonly provider: ComputeProvider }[]> {
  const scopes = await Promise.all(
    providers.map((provider) => collecting(errors, () => provider.scope({ signal }))),
  );
  const rows = await store.transaction((transaction) => transaction.listDeployments(namespace), { signal });
  return rows.flatMap((deployment) => {
    const provider = providers.find(
      ({ name }, index) => name === deployment.provider && scopes[index] === deployment.scope,
    );
    return provider === undefined ? [] : [{ deployment, provider }];
  });
}

/** Passes over a deployment until nothing changes; whether something has yet to happen. */
async function settle(
  request: ReconcileRequest,
  { id: deploymentId }: DeploymentRow,
  provider: ComputeProvider,
  errors: unknown[],
): Promise<boolean> {
  const { store, signal } = request;
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    const outcome = await collecting(errors, () =>
      underLease(request, (lease) => runPass({ store, provider, lease, deploymentId }, { signal })),
    );
    if (outcome === undefined) return true;
    const failures = [...outcome.errors, ...outcome.buriedErrors];
    errors.push(...failures);
    if (failures.length > 0) return true;
    if (!outcome.changed) return outcome.waiting;
  }
  return true;
}

/** Does something as soon as it is this process's turn to act on the namespace. */
async function underLease<T>(
  { store, namespace = "default", clock = systemClock, signal }: ReconcileRequest,
  body: (lease: NamespaceLease) => Promise<T>,
): Promise<T> {
  for (;;) {
    const lease = await NamespaceLease.tryAcquire(store, namespace, { signal });
    if (lease === undefined) {
      await clock.sleep(TURN_INTERVAL_MS, signal);
      continue;
    }
    try {
      return await body(lease);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
    } finally {
      await lease.release();
    }
  }
}

/** What the body gives; what the provider fails with is collected. */
async function collecting<T>(errors: unknown[], body: () => Promise<T>): Promise<T | undefined> {
  try {
    return await body();
  } catch (error) {
    if (!ProviderError.isInstance(error) && !(error instanceof DeploymentError)) throw error;
    errors.push(error);
    return undefined;
  }
}

async function lastEventId(store: StateStore, options: CallOptions): Promise<number> {
  const events = await store.transaction((transaction) => transaction.listEvents(), options);
  return events.at(-1)?.id ?? 0;
}

function eventsSince(store: StateStore, afterId: number, options: CallOptions): Promise<readonly EventRow[]> {
  return store.transaction((transaction) => transaction.listEvents({ afterId }), options);
}
