import type { AttachmentRow, DeploymentRow, NodeRow, StateStore, TombstoneRow } from "@conduit/types";

/** All that a store holds of deployments. */
export interface StoreContent {
  readonly storeId: string;
  readonly deployments: readonly StoredDeployment[];
  readonly tombstones: readonly TombstoneRow[];
}

export interface StoredDeployment {
  readonly row: DeploymentRow;
  readonly nodes: readonly NodeRow[];
  readonly attachments: readonly AttachmentRow[];
}

export async function readContent(store: StateStore): Promise<StoreContent> {
  const storeId = await store.storeId();
  return store.transaction(async (transaction) => {
    const deployments: StoredDeployment[] = [];
    for (const row of await transaction.listDeployments()) {
      const nodes = await transaction.listNodes(row.id);
      deployments.push({ row, nodes, attachments: await transaction.listAttachments(row.id) });
    }
    return { storeId, deployments, tombstones: await transaction.listTombstones() };
  });
}
