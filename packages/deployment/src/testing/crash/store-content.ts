import type { DeploymentRow, NodeRow, StateStore, TombstoneRow } from "@conduit/types";

/** All that a store holds of deployments. */
export interface StoreContent {
  readonly deployments: readonly { readonly row: DeploymentRow; readonly nodes: readonly NodeRow[] }[];
  readonly tombstones: readonly TombstoneRow[];
}

export function readContent(store: StateStore): Promise<StoreContent> {
  return store.transaction(async (transaction) => {
    const deployments = [];
    for (const row of await transaction.listDeployments()) {
      deployments.push({ row, nodes: await transaction.listNodes(row.id) });
    }
    return { deployments, tombstones: await transaction.listTombstones() };
  });
}
