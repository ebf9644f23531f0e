import {
  type CallOptions,
  type NodeHold,
  type NodeRow,
  ProviderError,
  type ProviderNode,
} from "@conduit/types";
import type { DeploymentProgress } from "./deploy-request.ts";
import { DeployedNode } from "./deployed-node.ts";
import { NodeFailedError } from "./deployment-error.ts";
import { type DeploymentPlan, nodeIdleTimeoutSeconds, nodeWorkload } from "./deployment-plan.ts";
import type { Records } from "./records.ts";
import { sleep } from "./sleep.ts";

const LOOK_UP_INTERVAL_MS = 250;

export interface NodeContext {
  readonly plan: DeploymentPlan;
  readonly records: Records;
  readonly endpointKey: string;
  readonly onProgress: (progress: DeploymentProgress) => void;
}

/** Holds a node that runs already; `undefined` when it has ended in the meantime. */
export async function adoptNode(
  { plan, records, endpointKey, onProgress }: NodeContext,
  { row, node }: { readonly row: NodeRow; readonly node: ProviderNode },
  options: CallOptions,
): Promise<DeployedNode | undefined> {
  const { request } = plan;
  let hold: NodeHold | undefined;
  try {
    hold = await request.provider.holdNode?.(node.id, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const current = await request.provider.getNode(node.id, options);
    if (current?.status === "running" || current?.status === "creating") throw error;
    return undefined;
  }
  try {
    await records.nodeProvisioned(row, node, "adopted");
  } catch (error) {
    hold?.release();
    throw error;
  }
  onProgress({ message: "attached to a node that runs already", nodeName: row.name });
  return new DeployedNode({ request, row, node, endpointKey, hold });
}

/**
 * Creates the node of `row` and holds it.
 *
 * @throws NodeFailedError when it ended at once, or what the provider failed with; in either case nothing is left of it.
 */
export async function createNode(
  context: NodeContext,
  row: NodeRow,
  options: CallOptions,
): Promise<DeployedNode> {
  const { plan, records, endpointKey, onProgress } = context;
  const { request } = plan;
  onProgress({ message: `starting a node at ${request.provider.name}`, nodeName: row.name });
  const node = await createOrFind(context, row, options);
  let hold: NodeHold | undefined;
  try {
    hold = await request.provider.holdNode?.(node.id, options);
    await records.nodeProvisioned(row, node, "created");
    options.signal?.throwIfAborted();
    return new DeployedNode({ request, row, node, endpointKey, hold });
  } catch (error) {
    hold?.release();
    // The first failure is the one to tell.
    const failure = await discard(context, row, node).catch(() => undefined);
    throw failure === undefined ? error : new NodeFailedError(row.name, failure, { cause: error });
  }
}

/** Ends a node that this process has created and does not want; why it failed, if it did. */
export async function discard(
  { plan, records }: Pick<NodeContext, "plan" | "records">,
  row: NodeRow,
  { id }: Pick<ProviderNode, "id">,
): Promise<string | undefined> {
  const { provider } = plan.request;
  const current = await provider.getNode(id);
  const failure =
    current?.status === "failed" ? (current.failure ?? "the provider does not say why") : undefined;
  await provider.terminateNode(id);
  await records.nodeRefused(row, failure ?? "it was not wanted any more");
  return failure;
}

/** Asks the provider for the node. Where it is not certain what came of that, the provider's list tells. */
async function createOrFind(context: NodeContext, row: NodeRow, options: CallOptions): Promise<ProviderNode> {
  const { plan, records, endpointKey } = context;
  const { provider, maxLifetimeSeconds } = plan.request;
  try {
    return await provider.createNode(
      {
        name: row.name,
        workload: nodeWorkload(plan, endpointKey),
        offering: plan.offering,
        idleTimeoutSeconds: nodeIdleTimeoutSeconds(plan),
        maxLifetimeSeconds,
      },
      options,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (ProviderError.isInstance(error) && error.outcome === "none") {
      await records.nodeRefused(row, reason);
      throw error;
    }
    const node = await lookUp(context, row.name);
    if (node === undefined) {
      await records.nodeGivenUp(row, reason);
      throw error;
    }
    if (options.signal?.aborted !== true) return node;
    await discard(context, row, node).catch(() => undefined);
    throw error;
  }
}

/** Looks for a node of that name until it would have to be visible. */
async function lookUp({ plan }: NodeContext, name: string): Promise<ProviderNode | undefined> {
  const { provider } = plan.request;
  const deadlineMs = performance.now() + provider.capabilities.visibilityWindowMs;
  for (;;) {
    const isLast = performance.now() >= deadlineMs;
    const nodes = await provider.listNodes(name).catch(() => []);
    const node = nodes.find((each) => each.name === name);
    if (node !== undefined || isLast) return node;
    await sleep(LOOK_UP_INTERVAL_MS);
  }
}
