import type { CallOptions, NodeRow, ProviderNode } from "@conduit/types";
import { DEPLOYMENT_VARIABLE, type DeploymentPlan } from "./deployment-plan.ts";

/** What the provider says of a deployment's nodes. */
export interface NodeSurvey {
  /** Nodes that run, or come up, by name; oldest first. */
  readonly living: ReadonlyMap<string, ProviderNode>;
  /** Names of rows whose node is not there any more. */
  readonly gone: ReadonlySet<string>;
  /** Names of all rows that the provider was asked about. */
  readonly lookedUp: ReadonlySet<string>;
}

/** Compares rows with the provider. What one list misses is looked up before it counts as gone. */
export async function surveyNodes(
  plan: DeploymentPlan,
  rows: readonly NodeRow[],
  options: CallOptions,
): Promise<NodeSurvey> {
  const { provider } = plan.request;
  const listed = await listOwnNodes(plan, options);
  const living = listed.filter(({ status }) => status === "running" || status === "creating");
  living.sort((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0) || (a.name < b.name ? -1 : 1));
  const gone = new Set<string>();
  const lookedUp = new Set<string>();
  for (const row of rows) {
    // Without an id the provider was not heard of yet.
    if (row.externalId === undefined || living.some(({ name }) => name === row.name)) continue;
    lookedUp.add(row.name);
    const node = await provider.getNode(row.externalId, options);
    if (node === undefined) gone.add(row.name);
    else if (node.status === "failed") {
      await provider.terminateNode(node.id, options);
      gone.add(row.name);
    }
  }
  return { living: new Map(living.map((node) => [node.name, node])), gone, lookedUp };
}

/** Nodes at the provider that belong to the deployment, whichever program started them. */
export async function listOwnNodes(plan: DeploymentPlan, options: CallOptions): Promise<ProviderNode[]> {
  const nodes = await plan.request.provider.listNodes(plan.nodeNamePrefix, options);
  return nodes.filter(({ env }) => env === undefined || env[DEPLOYMENT_VARIABLE] === plan.key);
}
