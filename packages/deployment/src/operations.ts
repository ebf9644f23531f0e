import type { CallOptions, DeploymentRow, NodeRow } from "@conduit/types";
import type { DeployOptions } from "./deploy-request.ts";
import type { DeploymentCost, DeploymentHealth, DeploymentUpdate } from "./deployment.ts";
import type { DeploymentControl } from "./deployment-control.ts";
import { DeploymentExistsError } from "./deployment-error.ts";
import { checkReplicas, type DeploymentPlan, planDeployment } from "./deployment-plan.ts";
import { eventsOf } from "./event.ts";
import { secretNamesOf } from "./intend.ts";
import { untilReady } from "./readiness.ts";
import type { View } from "./reconcile/converge.ts";
import { billedMicroDollars, isCurrent } from "./reconcile/facts.ts";
import { toDeleting } from "./reconcile/judge-node.ts";
import { withReplicas } from "./reconcile/scale-by-load.ts";

export async function scale(
  control: DeploymentControl,
  replicas: number,
  options: CallOptions,
): Promise<void> {
  checkReplicas(replicas);
  await control.put(
    "deployment-scale",
    (row) => ({ ...withReplicas(row, replicas), scaling: undefined, status: "DEPLOYING", failures: 0 }),
    options,
  );
  await control.bringUp(options);
  await control.converge(hasSettled, options);
  await control.refresh(options);
}

export async function update(
  control: DeploymentControl,
  change: DeploymentUpdate,
  signal: AbortSignal,
): Promise<void> {
  const { plan: before, deployment } = control;
  const after = await planDeployment({ ...before.request, ...change }, { signal });
  if (after.key === deployment.key) {
    // What nodes run stays; how others come about and are asked may not.
    control.change(after);
    return;
  }
  await become(control, after, { signal });
  try {
    await control.bringUp({ signal });
    await untilReady(control, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (await takeBack(control, before, after.key)) await control.bringUp({});
    throw error;
  }
  await control.converge(hasSettled, { signal });
  await control.refresh({ signal });
}

/** Writes that the deployment is to run what it ran before; whether it does. What another program has made of it meanwhile stays. */
async function takeBack(control: DeploymentControl, before: DeploymentPlan, key: string): Promise<boolean> {
  const isOwn = await become(control, before, {}, key);
  if (!isOwn) await control.refresh({});
  return isOwn;
}

/** Writes that the deployment is to run something else, where `from` is given only if it is to run that now; whether it is. */
async function become(
  control: DeploymentControl,
  plan: DeploymentPlan,
  options: CallOptions,
  from?: string,
): Promise<boolean> {
  const { key, spec, namespace, offerings } = plan;
  const [{ gpu, gpuCount, priceMicroDollarsPerHour: plannedPriceMicroDollarsPerHour }] = offerings;
  const isWritten = await control.put(
    "deployment-update",
    async (row, transaction) => {
      if (from !== undefined && row.key !== from) return undefined;
      const other = await transaction.findDeployment(namespace, key);
      if (other !== undefined && other.id !== row.id) throw new DeploymentExistsError(other.id);
      const fresh = { status: "DEPLOYING", failures: 0, lastError: undefined } as const;
      const secretNames = secretNamesOf(plan);
      return { ...row, ...fresh, key, spec, secretNames, gpu, gpuCount, plannedPriceMicroDollarsPerHour };
    },
    options,
  );
  control.change(plan);
  return isWritten;
}

export async function stop(
  control: DeploymentControl,
  { onProgress, ...options }: DeployOptions,
): Promise<void> {
  const { name, capabilities } = control.plan.request.provider;
  if (capabilities.stopReleasesMachine === true) {
    onProgress?.({
      message:
        `provider ${name} may give the machines of stopped nodes to others, GPUs first; ` +
        "nodes whose machines are gone are replaced when the deployment starts again",
    });
  }
  await control.put("deployment-stop", (row) => ({ ...row, status: "STOPPED" }), options);
  await control.refresh(options);
  // A request may wake it again meanwhile.
  const isOver = ({ deployment, nodes }: View) =>
    deployment.status !== "STOPPED" || nodes.every(({ status }) => status === "STOPPED");
  await control.converge(isOver, options);
  await control.refresh(options);
}

export async function restart(control: DeploymentControl, options: CallOptions): Promise<void> {
  await control.put(
    "deployment-restart",
    async (row, transaction) => {
      if (row.status !== "STOPPED") {
        for (const node of await transaction.listNodes(row.id)) {
          if (node.status === "DELETING") continue;
          await transaction.putNode(toDeleting(node, "it was to be restarted", transaction.nowMs));
        }
      }
      return { ...row, status: "DEPLOYING", failures: 0, lastError: undefined };
    },
    options,
  );
  await control.refresh(options);
  await control.bringUp(options);
}

/** Brings up a deployment that was stopped, or has been scaled down to nothing. */
export async function wakeUp(control: DeploymentControl, options: CallOptions): Promise<void> {
  await control.put(
    "deployment-wake",
    (row) => ({
      ...withReplicas(row, Math.max(row.replicas, 1)),
      status: row.status === "STOPPED" ? "DEPLOYING" : row.status,
      failures: 0,
    }),
    options,
  );
  await control.bringUp(options);
}

export async function deleteDeployment(control: DeploymentControl, options: CallOptions): Promise<void> {
  const { request } = control.plan;
  const isThere = await request.store.transaction(async (transaction) => {
    const row = await transaction.getDeployment(control.id);
    if (row === undefined) return false;
    if (row.status === "DELETING") return true;
    await transaction.putDeployment({ ...row, status: "DELETING", updatedAtMs: transaction.nowMs });
    await eventsOf(transaction)("deployment-delete", "intent", { deploymentId: control.id });
    return true;
  }, options);
  if (isThere) await control.converge(() => false, options);
}

export async function healthOf(control: DeploymentControl, options: CallOptions): Promise<DeploymentHealth> {
  await control.refresh(options);
  const { deployment, nodes } = control.view;
  return {
    status: deployment.status,
    replicas: deployment.replicas,
    nodes: await Promise.all(nodes.map((row) => nodeHealth(control, row, options))),
    lastError: deployment.lastError,
  };
}

async function nodeHealth(control: DeploymentControl, row: NodeRow, { signal }: CallOptions) {
  const node = control.pool.get(row.name);
  const ready = (await node?.probe(signal ?? new AbortController().signal)) ?? false;
  return {
    nodeName: row.name,
    status: row.status,
    ready,
    progress: ready ? "ready" : node?.progress,
    outstanding: control.pool.router.load.outstandingByNode.get(row.name) ?? 0,
    lastError: row.lastError,
  };
}

export async function costOf(control: DeploymentControl, options: CallOptions): Promise<DeploymentCost> {
  return control.plan.request.store.transaction(async (transaction) => {
    const row = (await transaction.getDeployment(control.id)) ?? control.deployment;
    const nodes = await transaction.listNodes(control.id);
    const billed = nodes.filter(({ billedSinceMs }) => billedSinceMs !== undefined);
    return {
      spentMicroDollars: billed.reduce(
        (sum, node) => sum + billedMicroDollars(node, transaction.nowMs),
        row.spentMicroDollars,
      ),
      actualMicroDollarsPerHour: billed.reduce(
        (sum, node) => sum + (node.actualPriceMicroDollarsPerHour ?? node.plannedPriceMicroDollarsPerHour),
        0,
      ),
      plannedMicroDollarsPerHour: plannedPrice(row, nodes),
    };
  }, options);
}

/** Of all replicas: of each that is there, the machine that was chosen for it; of the others, the one that was asked for last. */
function plannedPrice(row: DeploymentRow, nodes: readonly NodeRow[]): number {
  const prices = nodes
    .filter((node) => isCurrent(row, node) && node.status !== "DELETING" && node.status !== "FAILED")
    .map((node) => node.plannedPriceMicroDollarsPerHour)
    .slice(0, row.replicas);
  const missing = row.replicas - prices.length;
  return prices.reduce((sum, price) => sum + price, missing * row.plannedPriceMicroDollarsPerHour);
}

/** Whether nothing is left that goes, or that was there before an update. */
function hasSettled({ deployment, nodes }: View): boolean {
  return nodes.every((row) => row.status !== "DELETING" && isCurrent(deployment, row));
}
