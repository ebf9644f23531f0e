import type { DeployedNode } from "./deployed-node.ts";
import type { EndpointLease } from "./endpoint.ts";

/** Lends the ready node with the fewest requests under way, if one is ready. */
export function leaseReady(nodes: readonly DeployedNode[]): EndpointLease | undefined {
  let best: DeployedNode | undefined;
  for (const node of nodes) {
    if (node.ready && (best === undefined || node.outstanding < best.outstanding)) best = node;
  }
  return best?.endpoint && lease(best, best.endpoint);
}

/** Like {@link leaseReady}, but waits for the first node that is ready. */
export async function leaseWhenReady(
  nodes: readonly DeployedNode[],
  signal: AbortSignal,
): Promise<EndpointLease> {
  for (;;) {
    await untilAnyReady(nodes, signal);
    const lent = leaseReady(nodes);
    if (lent !== undefined) return lent;
  }
}

async function untilAnyReady(nodes: readonly DeployedNode[], signal: AbortSignal): Promise<void> {
  const left = new AbortController();
  const waiting = AbortSignal.any([signal, left.signal]);
  try {
    await Promise.any(nodes.map((node) => node.untilReady(waiting)));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    left.abort();
  }
}

function lease(node: DeployedNode, endpoint: EndpointLease["endpoint"]): EndpointLease {
  node.outstanding++;
  let released = false;
  const release = () => {
    if (!released) node.outstanding--;
    released = true;
  };
  return { endpoint, release, fail: release, [Symbol.dispose]: release };
}
