import type { CallOptions, DeploymentRow, StateStore } from "@conduit/types";
import type { CurrentPlan } from "./current-plan.ts";
import { DeploymentFailedError, DeploymentStoppedError, DeploymentUpdatedError } from "./deployment-error.ts";
import type { View } from "./reconcile/converge.ts";
import { isExhausted } from "./reconcile/decide.ts";
import { isCurrent, wantsNodes } from "./reconcile/facts.ts";
import { excessivePrice } from "./reconcile/judge-node.ts";

/**
 * Whether the provider has taken on as many nodes as are wanted, or the deployment has failed.
 *
 * @throws DeploymentStoppedError, DeploymentFailedError, NoCapacityError when it will not.
 */
export function isUp({ deployment, nodes }: View, { plan, maker }: CurrentPlan): boolean {
  if (deployment.status === "STOPPED") throw new DeploymentStoppedError();
  if (deployment.status === "FAILED") return nodes.length === 0;
  if (!wantsNodes(deployment)) return false;
  const current = nodes.filter((row) => isCurrent(deployment, row));
  const taken = current.filter(
    (row) =>
      (row.status === "PROVISIONED" || row.status === "DEPLOYED") &&
      // The next pass ends what costs too much.
      excessivePrice(row) === undefined,
  );
  if (taken.length >= deployment.replicas) return true;
  if (current.length === taken.length) {
    if (isExhausted(deployment)) throw failureOf(deployment);
    if (plan.key === deployment.key) maker.requireOffering();
  }
  return false;
}

/** Whether this process cannot create nodes that are missing, and nobody else does. */
export function isStuck({ deployment, nodes }: View, plan: CurrentPlan): boolean {
  if (!wantsNodes(deployment) || plan.obstacleTo(deployment) === undefined) return false;
  return nodes.every((row) => !isCurrent(deployment, row) || row.status === "DEPLOYED");
}

export function failureOf({ lastError }: DeploymentRow): DeploymentFailedError {
  return new DeploymentFailedError(lastError ?? "nobody has written down why");
}

/** Who has updated a deployment so that this process cannot create its nodes, and why. */
export async function updatedError(
  store: StateStore,
  row: DeploymentRow,
  plan: CurrentPlan,
  options: CallOptions,
): Promise<DeploymentUpdatedError> {
  const { id: deploymentId } = row;
  const events = await store.transaction(
    (transaction) => transaction.listEvents({ deploymentId, keep: "newest", limit: 1_000 }),
    options,
  );
  const update = events.findLast(({ action }) => action === "deployment-update");
  return new DeploymentUpdatedError(deploymentId, {
    updatedBy: update?.actor,
    obstacle: plan.obstacleTo(row) ?? "to know what it runs, but it does not",
  });
}
