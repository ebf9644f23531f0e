import type { CallOptions, ComputeProvider, DeploymentRow, EventRow, StateStore } from "@conduit/types";
import { systemClock } from "../clock.ts";
import { untilOverPause } from "../liveness/after-pauses.ts";
import { AttachmentWatch, LATE_LOOK_INTERVAL_MS } from "./attachment-watch.ts";
import { collecting } from "./collecting.ts";
import { type DeploymentSummary, summaryOf } from "./deployment-summary.ts";
import { deploymentsAt } from "./deployments-at.ts";
import { buryOrphans } from "./orphans.ts";
import { runPass } from "./pass.ts";
import type { ReconcileRequest } from "./reconcile-request.ts";
import { underLease } from "./under-lease.ts";

/** What a reconciliation did and found. */
export interface ReconcileReport {
  /** What was done, as the store's events say it. */
  readonly events: readonly EventRow[];
  /**
   * Deployments of the namespace that nothing was done about, since they run at none of the providers that were named. Where one of these is
   * another account or daemon of the same provider, `errors` has a `ScopeChangedError` for it.
   */
  readonly leftAlone: readonly DeploymentSummary[];
  /** What could not be done, and is tried again by the next reconciliation. */
  readonly errors: readonly unknown[];
  /** Whether something has yet to happen that only time brings. */
  readonly waiting: boolean;
}

/** Passes over one deployment, after which a reconciliation leaves the rest to time. */
const MOST_PASSES = 20;

/**
 * Compares what the store says with what the providers say, in both directions, and repairs the difference. Finishes what crashed programs
 * have left half done. Nodes that are missing are created only by programs that use their deployment, since only they know its secrets.
 *
 * Failures of single deployments or providers are in the report.
 */
export async function reconcile(request: ReconcileRequest): Promise<ReconcileReport> {
  const { store, providers } = request;
  // What this process uses itself may have lapsed while its machine was suspended.
  await untilOverPause();
  const afterId = await lastEventId(store, request);
  const errors: unknown[] = [];
  let waiting = false;
  for (const provider of providers) {
    await collecting(errors, () =>
      underLease(request, (lease) => buryOrphans({ store, provider, lease }, request)),
    );
  }
  const { here, elsewhere } = await deploymentsAt(request, errors);
  for (const { deployment, provider } of here) {
    if (await settle(request, deployment, provider, errors)) waiting = true;
  }
  const events = await eventsSince(store, afterId, request);
  return { events, leftAlone: elsewhere.map(summaryOf), errors, waiting };
}

/** Passes over a deployment until nothing changes; whether something has yet to happen. */
async function settle(
  request: ReconcileRequest,
  { id: deploymentId }: DeploymentRow,
  provider: ComputeProvider,
  errors: unknown[],
): Promise<boolean> {
  const { store, signal, clock = systemClock } = request;
  const attachments = new AttachmentWatch(clock);
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    const outcome = await collecting(errors, () =>
      underLease(request, (lease) =>
        runPass({ store, provider, lease, deploymentId, attachments }, { signal }),
      ),
    );
    if (outcome === undefined) return true;
    const failures = [...outcome.errors, ...outcome.buriedErrors];
    errors.push(...failures);
    if (failures.length > 0) return true;
    if (outcome.changed) continue;
    if (!outcome.late) return outcome.waiting;
    await clock.sleep(LATE_LOOK_INTERVAL_MS, signal);
  }
  return true;
}

export async function lastEventId(store: StateStore, options: CallOptions): Promise<number> {
  const [last] = await store.transaction(
    (transaction) => transaction.listEvents({ keep: "newest", limit: 1 }),
    options,
  );
  return last?.id ?? 0;
}

export function eventsSince(
  store: StateStore,
  afterId: number,
  options: CallOptions,
): Promise<readonly EventRow[]> {
  return store.transaction((transaction) => transaction.listEvents({ afterId }), options);
}
