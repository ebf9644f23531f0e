import type { DeploymentRow, StateStore, StateTransaction } from "@conduit/types";
import type { NodeFailedError } from "./deployment-error.ts";
import { eventsOf } from "./event.ts";
import { wantsNodes } from "./reconcile/facts.ts";

/** Writes that nodes are ready, and, where they are all that are wanted, that the deployment is. */
export async function reportReady(
  store: StateStore,
  deploymentId: string,
  names: readonly string[],
): Promise<void> {
  await store.transaction(async (transaction) => {
    const row = await transaction.getDeployment(deploymentId);
    if (row === undefined) return;
    let ready = 0;
    for (const name of names) {
      const node = await transaction.getNode(name);
      if (node?.status !== "PROVISIONED" && node?.status !== "DEPLOYED") continue;
      ready++;
      if (node.status === "PROVISIONED") {
        await transaction.putNode({ ...node, status: "DEPLOYED", updatedAtMs: transaction.nowMs });
      }
    }
    if (!wantsNodes(row) || row.status === "DEPLOYED" || ready < row.replicas) return;
    await put(transaction, { ...row, status: "DEPLOYED", failures: 0 });
    await eventsOf(transaction)("deployment-status", "done", { deploymentId, detail: "DEPLOYED" });
  });
}

/** Writes that a node has failed, and, where others would too and none is ready, that the deployment has. */
export async function reportFailed(
  store: StateStore,
  deploymentId: string,
  { nodeName, failure, isFinal }: NodeFailedError,
): Promise<void> {
  await store.transaction(async (transaction) => {
    const node = await transaction.getNode(nodeName);
    const row = await transaction.getDeployment(deploymentId);
    if (node === undefined || row === undefined || node.status === "DELETING") return;
    const appendEvent = eventsOf(transaction);
    // It may be looked at again before anybody has ended it.
    if (node.status !== "FAILED") {
      await transaction.putNode({
        ...node,
        status: "FAILED",
        lastError: failure,
        updatedAtMs: transaction.nowMs,
      });
      await appendEvent("node-fail", "done", { deploymentId, nodeName, detail: failure });
    }
    const nodes = await transaction.listNodes(deploymentId);
    if (!isFinal || !wantsNodes(row) || nodes.some(({ status }) => status === "DEPLOYED")) return;
    await put(transaction, { ...row, status: "FAILED", lastError: failure });
    await appendEvent("deployment-status", "failed", { deploymentId, detail: `FAILED: ${failure}` });
  });
}

async function put(transaction: StateTransaction, row: DeploymentRow): Promise<void> {
  await transaction.putDeployment({ ...row, updatedAtMs: transaction.nowMs });
}
