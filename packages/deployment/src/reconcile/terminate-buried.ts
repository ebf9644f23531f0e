import type { CallOptions, ComputeProvider, StateStore, TombstoneRow } from "@conduit/types";
import { eventsOf } from "../event.ts";
import { reasonOf } from "./carry-out.ts";
import type { NamespaceLease } from "./namespace-lease.ts";
import type { Observation } from "./observation.ts";

/**
 * Ends nodes that were given up and have turned up after all; whether there were any. One that cannot be ended is in the way of no other.
 *
 * @throws What the provider failed with first.
 */
export async function terminateBuried(
  context: {
    readonly store: StateStore;
    readonly provider: ComputeProvider;
    readonly lease: NamespaceLease;
  },
  { seen }: Observation,
  tombstones: readonly TombstoneRow[],
  options: CallOptions,
): Promise<boolean> {
  const { store, provider, lease } = context;
  const failures: unknown[] = [];
  let found = false;
  for (const { nodeName, provider: name } of tombstones) {
    const node = name === provider.name ? seen.get(nodeName) : undefined;
    if (node === undefined || node.status === "terminating") continue;
    found = true;
    await lease.transaction(
      (transaction) =>
        eventsOf(transaction)("node-delete", "intent", { nodeName, detail: "it was given up" }),
      options,
    );
    const record = (outcome: "done" | "failed", detail?: string) =>
      store.transaction((transaction) => eventsOf(transaction)("node-delete", outcome, { nodeName, detail }));
    try {
      await provider.terminateNode(node.id, options);
    } catch (error) {
      await record("failed", reasonOf(error));
      failures.push(error);
      continue;
    }
    await record("done");
  }
  if (failures.length > 0) throw failures[0];
  return found;
}
