import type { AttachmentRow, DeploymentRow, NodeRow, StateStore, TombstoneRow } from "@conduit/types";

/** All that a store holds of deployments. */
export interface StoreContent {
  readonly deployments: readonly StoredDeployment[];
  readonly tombstones: readonly TombstoneRow[];
  /** Whether somebody has the lease of a namespace in use, or had it when it ran out. */
  readonly isLeased: boolean;
}

export interface StoredDeployment {
  readonly row: DeploymentRow;
  readonly nodes: readonly NodeRow[];
  readonly attachments: readonly AttachmentRow[];
}

export function readContent(store: StateStore): Promise<StoreContent> {
  return store.transaction(async (transaction) => {
    const deployments: StoredDeployment[] = [];
    for (const row of await transaction.listDeployments()) {
      const nodes = await transaction.listNodes(row.id);
      deployments.push({ row, nodes, attachments: await transaction.listAttachments(row.id) });
    }
    const isLeased = (await transaction.getLease("default")) !== undefined;
    return { deployments, tombstones: await transaction.listTombstones(), isLeased };
  });
}
