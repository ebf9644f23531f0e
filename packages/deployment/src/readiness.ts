import type { DeploymentControl } from "./deployment-control.ts";
import { DeploymentFailedError, DeploymentStoppedError, NodeFailedError } from "./deployment-error.ts";
import { reportFailed, reportReady } from "./node-reports.ts";

/** Waits until all nodes are ready; those that fail are replaced. */
export async function untilReady(control: DeploymentControl, signal: AbortSignal): Promise<void> {
  if (!control.pool.ready) await control.bringUp({ signal });
  for (;;) {
    // Nodes that are stopped are there, and will never be ready.
    const stopped = new AbortController();
    const forget = control.pool.onChange(() => {
      if (control.deployment.status === "STOPPED") stopped.abort(new DeploymentStoppedError());
    });
    try {
      await untilAllReady(control.pool.current, AbortSignal.any([signal, stopped.signal]));
      await markReady(control);
      return;
    } catch (error) {
      if (!(error instanceof NodeFailedError)) throw error;
      await reportFailed(control.plan.request.store, control.id, error);
      await control.bringUp({ signal }).catch((second: unknown) => {
        if (!(second instanceof DeploymentFailedError)) throw second;
        // The rows may know more of the reason than who has waited for the node, never less.
        const { nodeName, cause = error, isFinal } = error;
        throw new NodeFailedError(nodeName, second.failure, { cause, isFinal });
      });
    } finally {
      forget();
    }
  }
}

/** Looks once at nodes that were not ready, so that they are used when they are, and replaced when they never will be. */
export async function checkNodes(control: DeploymentControl, signal: AbortSignal): Promise<void> {
  const pending = control.pool.current.filter(({ ready }) => !ready);
  if (pending.length === 0) return;
  const outcomes = await Promise.allSettled(pending.map((node) => node.check(signal)));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected" && outcome.reason instanceof NodeFailedError) {
      await reportFailed(control.plan.request.store, control.id, outcome.reason);
    }
  }
  await markReady(control);
}

/** Has a node ended that hangs, and another one made where it is wanted. */
export async function replaceNode(
  control: DeploymentControl,
  error: NodeFailedError,
  signal: AbortSignal,
): Promise<void> {
  control.pool.get(error.nodeName)?.giveUp(error);
  await reportFailed(control.plan.request.store, control.id, error);
  await control.pass({ signal });
}

async function markReady(control: DeploymentControl): Promise<void> {
  const names = control.pool.current.filter(({ ready }) => ready).map(({ name }) => name);
  const { deployment, nodes } = control.view;
  const known = new Map(nodes.map((row) => [row.name, row.status]));
  const isSettled = deployment.status === "DEPLOYED" || names.length < deployment.replicas;
  if (isSettled && names.every((name) => known.get(name) === "DEPLOYED")) return;
  await reportReady(control.plan.request.store, control.id, names);
  await control.refresh({});
}

async function untilAllReady(
  nodes: readonly { untilReady(signal: AbortSignal): Promise<void> }[],
  signal: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  try {
    const waiting = AbortSignal.any([signal, left.signal]);
    await Promise.all(nodes.map((node) => node.untilReady(waiting)));
  } finally {
    left.abort();
  }
}
