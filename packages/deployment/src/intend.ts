import { randomBytes, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CallOptions, DeploymentRow } from "@conduit/types";
import { type Attachment, adoptionId } from "./attachment.ts";
import type { DeploymentPlan } from "./deployment-plan.ts";
import { endpointKeyOf } from "./endpoint-key.ts";
import { eventsOf } from "./event.ts";

export interface Intention {
  readonly deployment: DeploymentRow;
  /** Whether it was not there before. */
  readonly isNew: boolean;
}

/**
 * Writes that this process wants a deployment: a new one, or one that is there, woken if it was stopped or had failed. One that is being
 * deleted is returned as it is.
 *
 * @throws UnreadableDeploymentError
 */
export async function intend(
  plan: DeploymentPlan,
  attachment: Attachment,
  options: CallOptions,
): Promise<Intention> {
  return plan.request.store.transaction(async (transaction) => {
    const { nowMs } = transaction;
    const appendEvent = eventsOf(transaction);
    const found = await transaction.findDeployment(plan.namespace, plan.key);
    if (found?.status === "DELETING") return { deployment: found, isNew: false };
    // Before anything is written: whoever cannot use it has no say in it.
    if (found !== undefined) endpointKeyOf(found);
    const deployment = found === undefined ? newDeployment(plan, nowMs) : wanted(plan, found, nowMs);
    const { id: deploymentId } = deployment;
    if (deployment !== found) await transaction.putDeployment(deployment);
    await transaction.putAttachment(attachment.row(deploymentId, transaction));
    await transaction.removeAttachment(adoptionId(deploymentId));
    if (found === undefined) await appendEvent("deployment-create", "intent", { deploymentId });
    else if (found.status !== deployment.status) {
      await appendEvent("deployment-status", "done", { deploymentId, detail: deployment.status });
    }
    return { deployment, isNew: found === undefined };
  }, options);
}

function newDeployment(plan: DeploymentPlan, nowMs: number): DeploymentRow {
  const { request, namespace, key, scope, spec, keep, idleTimeoutSeconds, offerings } = plan;
  const [offering] = offerings;
  return {
    id: randomUUID(),
    namespace,
    key,
    runtime: request.runtime,
    type: request.provider.capabilities.deploymentType,
    provider: request.provider.name,
    scope,
    gpu: offering.gpu,
    gpuCount: offering.gpuCount,
    status: "DEPLOYING",
    spec,
    secretNames: secretNamesOf(plan),
    ...replicasOf(plan, { replicas: 1 }),
    endpointKey: randomBytes(32).toString("base64url"),
    keep,
    idleTimeoutSeconds,
    maxLifetimeSeconds: request.maxLifetimeSeconds,
    drainTimeoutSeconds: request.drainTimeoutSeconds,
    plannedPriceMicroDollarsPerHour: offering.priceMicroDollarsPerHour,
    spentMicroDollars: 0,
    failures: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

/** A deployment that is there already, as this request wants it. */
function wanted(plan: DeploymentPlan, found: DeploymentRow, nowMs: number): DeploymentRow {
  const { replicas, scaling } = replicasOf(plan, found);
  const isAwake = found.status === "DEPLOYING" || found.status === "DEPLOYED";
  const keep = found.keep || plan.keep;
  const isSame = replicas === found.replicas && isDeepStrictEqual(scaling, found.scaling);
  const { secretNames = secretNamesOf(plan) } = found;
  const { drainTimeoutSeconds = found.drainTimeoutSeconds } = plan.request;
  const isTold = secretNames === found.secretNames && drainTimeoutSeconds === found.drainTimeoutSeconds;
  if (isAwake && isSame && isTold && keep === found.keep && found.failures === 0) return found;
  return {
    ...found,
    status: isAwake && replicas === found.replicas ? found.status : "DEPLOYING",
    replicas,
    scaling,
    secretNames,
    drainTimeoutSeconds,
    keep,
    failures: 0,
    updatedAtMs: nowMs,
  };
}

/** What a program has to have values for to create nodes. */
export function secretNamesOf({ request }: DeploymentPlan): readonly string[] {
  return Object.keys(request.workload.secretEnv).sort();
}

/** How many nodes the request asks for; where it does not say, as many as there were. Load that is to be followed begins with one node. */
function replicasOf(
  { replicas }: DeploymentPlan,
  before: Pick<DeploymentRow, "replicas" | "scaling">,
): Pick<DeploymentRow, "replicas" | "scaling"> {
  if (replicas === undefined) return { replicas: before.replicas, scaling: before.scaling };
  if (typeof replicas === "number") return { replicas, scaling: undefined };
  const { min, max } = replicas;
  return { replicas: Math.min(max, Math.max(min, 1, before.replicas)), scaling: replicas };
}
