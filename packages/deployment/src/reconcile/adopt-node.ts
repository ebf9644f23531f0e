import { randomUUID } from "node:crypto";
import {
  type CallOptions,
  type DeploymentRow,
  type NodeRow,
  parseNodeName,
  type StateTransaction,
} from "@conduit/types";
import { adoptionRow } from "../attachment.ts";
import { NodeNotAdoptableError } from "../deployment-error.ts";
import { eventsOf } from "../event.ts";
import type { FoundNode } from "./foreign.ts";
import type { NamespaceLease } from "./namespace-lease.ts";
import { type NodePapers, papersOf } from "./node-papers.ts";

/**
 * Makes a node of another store one of this: writes it, with its deployment where there is none that runs the same, in one transaction. The
 * provider is only asked.
 *
 * @throws NodeNotAdoptableError, LeaseLostError
 */
export async function adoptNode(
  {
    lease,
    namespace = "default",
  }: { readonly lease: NamespaceLease; readonly namespace?: string | undefined },
  found: FoundNode,
  options: CallOptions,
): Promise<void> {
  const { node, provider } = found;
  const papers = await papersOf(found, options);
  const { name } = node;
  if (papers.label.namespace !== namespace) {
    const is = `it is of ${papers.label.namespace}; adopt it there`;
    throw new NodeNotAdoptableError(name, `be of namespace ${namespace}`, is);
  }
  await lease.transaction(async (transaction) => {
    if ((await transaction.getNode(name)) !== undefined) return;
    if ((await transaction.listTombstones()).some(({ nodeName }) => nodeName === name)) {
      throw new NodeNotAdoptableError(name, "be none that this store ends", "it was named for that before");
    }
    const { nowMs } = transaction;
    const same = await transaction.findDeployment(namespace, papers.key);
    const deployment =
      same === undefined
        ? newDeployment(papers, found, nowMs)
        : await joined(transaction, same, papers, found);
    const { id: deploymentId } = deployment;
    await transaction.putDeployment(deployment);
    await transaction.putNode(rowOf(papers, found, deploymentId, nowMs));
    await transaction.putAttachment(adoptionRow(deploymentId, transaction));
    const detail = `it belonged to store ${parseNodeName(name)?.store8} at ${provider.name}`;
    await eventsOf(transaction)("node-adopt", "done", { deploymentId, nodeName: name, detail });
  }, options);
}

function newDeployment(
  { key, scope, label, endpointKey }: NodePapers,
  { node, provider }: FoundNode,
  nowMs: number,
): DeploymentRow {
  const { offeringId: _, endpointKeyVariable: __, ...told } = label;
  return {
    ...told,
    id: randomUUID(),
    key,
    type: provider.capabilities.deploymentType,
    provider: provider.name,
    scope,
    imageDigest: node.imageDigest,
    status: node.status === "stopped" ? "STOPPED" : "DEPLOYING",
    replicas: 1,
    endpointKey,
    spentMicroDollars: 0,
    failures: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

/**
 * A deployment that runs the same, with one node more.
 *
 * @throws NodeNotAdoptableError when it would end the node, or cannot use it.
 */
async function joined(
  transaction: StateTransaction,
  deployment: DeploymentRow,
  { endpointKey }: NodePapers,
  { node: { name, status } }: FoundNode,
): Promise<DeploymentRow> {
  const { id } = deployment;
  if (deployment.status === "DELETING" || deployment.status === "FAILED") {
    const is = `that is ${deployment.status}; try again when it is gone`;
    throw new NodeNotAdoptableError(name, `join deployment ${id}, which runs the same`, is);
  }
  const nodes = await transaction.listNodes(id);
  if (nodes.length > 0 && deployment.endpointKey !== endpointKey) {
    const is = "it demands another; end the node, or delete that deployment first";
    throw new NodeNotAdoptableError(name, `demand the key of deployment ${id}, which runs the same`, is);
  }
  const staying = nodes.filter((row) => row.status !== "DELETING").length;
  return {
    ...deployment,
    status: status === "stopped" ? deployment.status : "DEPLOYING",
    endpointKey,
    replicas: Math.max(deployment.replicas, staying + 1),
    updatedAtMs: transaction.nowMs,
  };
}

/** The bill of a node begins when it is adopted; what it has cost before, others have paid. */
function rowOf({ label }: NodePapers, { node }: FoundNode, deploymentId: string, nowMs: number): NodeRow {
  const isStopped = node.status === "stopped";
  const price = node.priceMicroDollarsPerHour;
  return {
    name: node.name,
    deploymentId,
    status: isStopped ? "STOPPED" : "PROVISIONED",
    externalId: node.id,
    baseUrl: node.baseUrl,
    portMap: node.portMap,
    attempts: 1,
    offeringId: label.offeringId,
    // Whoever names a node has been told what it costs: that is the plan now.
    plannedPriceMicroDollarsPerHour: price ?? label.plannedPriceMicroDollarsPerHour,
    actualPriceMicroDollarsPerHour: price,
    billedSinceMs: isStopped ? undefined : nowMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}
