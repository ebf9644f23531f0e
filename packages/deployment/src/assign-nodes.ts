import { randomBytes } from "node:crypto";
import type { DeploymentRow, NodeRow, ProviderNode, StateTransaction } from "@conduit/types";
import type { DeploymentPlan } from "./deployment-plan.ts";
import type { AppendEvent } from "./event.ts";
import type { NodeSurvey } from "./node-survey.ts";

/** Time in milliseconds, beside the provider's visibility window, that whoever creates a node has before the attempt counts as lost. */
const CREATE_PATIENCE_MS = 60_000;

/** What has to be done until a deployment has its nodes. */
export interface NodeAssignment {
  readonly deployment: DeploymentRow;
  /** Nodes that run already, to be held. */
  readonly adopt: readonly { readonly row: NodeRow; readonly node: ProviderNode }[];
  /** Rows of nodes to create. */
  readonly create: readonly NodeRow[];
}

export interface AssignmentContext {
  readonly transaction: StateTransaction;
  readonly plan: DeploymentPlan;
  readonly deployment: DeploymentRow;
  readonly survey: NodeSurvey;
  /** Nodes that this process has already. */
  readonly heldNames: ReadonlySet<string>;
  readonly appendEvent: AppendEvent;
}

/** Forgets nodes that are gone, takes those that run, leaves those that others create to them, and writes rows for the rest. */
export async function assignNodes(context: AssignmentContext): Promise<NodeAssignment> {
  const { plan, survey, heldNames } = context;
  const rows = await forgetLost(context);
  // Whoever creates a node is the first to hold it; one that failed is of no use.
  const othersCreate = rows.filter((row) => isBeingCreated(context, row) || isNewerThanSurvey(context, row));
  const taken = new Set(
    [...othersCreate, ...rows.filter(({ status }) => status === "FAILED")].map(({ name }) => name),
  );
  const candidates = [...survey.living.values()].filter(({ name }) => !taken.has(name));

  const deployment = await agreeOnKey(context, candidates, othersCreate.length > 0);
  const adoptable = candidates.filter(
    (node) =>
      !heldNames.has(node.name) && (keyOf(plan, node) ?? deployment.endpointKey) === deployment.endpointKey,
  );
  const missing = plan.replicas - heldNames.size;
  const adopt = adoptable.slice(0, missing).map((node) => ({
    node,
    row: rows.find(({ name }) => name === node.name) ?? newRow(context, node.name, { attempts: 0 }),
  }));
  const create: NodeRow[] = [];
  for (let count = missing - adopt.length - othersCreate.length; count > 0; count--) {
    const name = `${plan.nodeNamePrefix}${randomBytes(4).toString("hex")}`;
    const row = newRow(context, name, { attempts: 1 });
    await context.transaction.putNode(row);
    await context.appendEvent("node-create", "intent", { deploymentId: deployment.id, nodeName: row.name });
    create.push(row);
  }
  return { deployment, adopt, create };
}

/** The rows that remain when those of ended nodes and of lost attempts are removed. */
async function forgetLost(context: AssignmentContext): Promise<NodeRow[]> {
  const { transaction, plan, deployment, survey, appendEvent } = context;
  const remaining: NodeRow[] = [];
  for (const row of await transaction.listNodes(deployment.id)) {
    const isLost =
      row.status === "PROVISIONING" && !isBeingCreated(context, row) && !survey.living.has(row.name);
    if (!isLost && !survey.gone.has(row.name)) {
      remaining.push(row);
      continue;
    }
    const { name: nodeName, deploymentId } = row;
    const reason = isLost ? "whoever began to create it never reported back" : "it ended";
    await transaction.removeNode(nodeName);
    if (isLost) {
      const { scope, request } = plan;
      const createdAtMs = transaction.nowMs;
      await transaction.putTombstone({
        nodeName,
        provider: request.provider.name,
        scope,
        reason,
        createdAtMs,
      });
    }
    await appendEvent("node-forget", "done", { deploymentId, nodeName, detail: reason });
  }
  return remaining;
}

/** Whether somebody has created the node after the provider was asked: the next survey knows of it. */
function isNewerThanSurvey({ survey }: AssignmentContext, { name, status }: NodeRow): boolean {
  const isThere = status === "PROVISIONED" || status === "DEPLOYED";
  return isThere && !survey.living.has(name) && !survey.lookedUp.has(name);
}

/** Whether somebody may still be about to create the node. */
function isBeingCreated({ transaction, plan }: AssignmentContext, { status, createdAtMs }: NodeRow): boolean {
  const patienceMs = CREATE_PATIENCE_MS + plan.request.provider.capabilities.visibilityWindowMs;
  return status === "PROVISIONING" && transaction.nowMs - createdAtMs <= patienceMs;
}

/** All nodes of a deployment demand one key. When only nodes of another program are there, theirs counts. */
async function agreeOnKey(
  { transaction, plan, deployment, heldNames }: AssignmentContext,
  candidates: readonly ProviderNode[],
  othersCreate: boolean,
): Promise<DeploymentRow> {
  const keys = candidates.map((node) => keyOf(plan, node)).filter((key) => key !== undefined);
  const [foundKey] = keys;
  const settled =
    heldNames.size > 0 || othersCreate || foundKey === undefined || keys.includes(deployment.endpointKey);
  const status = deployment.status === "DEPLOYED" ? "DEPLOYED" : "DEPLOYING";
  const agreed = { ...deployment, status, endpointKey: settled ? deployment.endpointKey : foundKey } as const;
  await transaction.putDeployment({ ...agreed, updatedAtMs: transaction.nowMs });
  return agreed;
}

function keyOf({ request }: DeploymentPlan, { env }: ProviderNode): string | undefined {
  return env?.[request.endpointKeyVariable];
}

function newRow(
  { deployment, transaction: { nowMs } }: AssignmentContext,
  name: string,
  { attempts }: Pick<NodeRow, "attempts">,
): NodeRow {
  return {
    name,
    deploymentId: deployment.id,
    status: "PROVISIONING",
    attempts,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}
