import { systemClock } from "../clock.ts";
import { LeaseLostError } from "../deployment-error.ts";
import { NamespaceLease } from "./namespace-lease.ts";
import type { ReconcileRequest } from "./reconcile-request.ts";

const TURN_INTERVAL_MS = 100;

/** Does something as soon as it is this process's turn to act on the namespace. */
export async function underLease<T>(
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
