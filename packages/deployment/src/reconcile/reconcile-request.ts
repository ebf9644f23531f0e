import type { CallOptions, ComputeProvider, StateStore } from "@conduit/types";
import type { Clock } from "../clock.ts";

/** What `reconcile` is asked for. */
export interface ReconcileRequest extends CallOptions {
  readonly store: StateStore;
  /** Where deployments run. Those that run at none of these are left alone. */
  readonly providers: readonly ComputeProvider[];
  /** Default `"default"`. */
  readonly namespace?: string | undefined;
  /** Time that waiting is measured in, for tests. Default: the machine's. */
  readonly clock?: Clock | undefined;
}
