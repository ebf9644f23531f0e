import {
  type CallOptions,
  type ComputeOffering,
  type ContainerWorkload,
  type JsonObject,
  nodeNamePrefix,
  type ReplicaScaling,
} from "@conduit/types";
import type { DeployRequest } from "./deploy-request.ts";
import { InvalidDeployRequestError } from "./deployment-error.ts";
import { deploymentKey } from "./deployment-key.ts";
import { DEPLOYMENT_VARIABLE, type DeploymentLabel, formatLabel } from "./deployment-label.ts";
import { formatSpec } from "./deployment-spec.ts";
import { livenessLimits } from "./liveness/liveness-options.ts";

const NEVER_SECONDS = 100 * 365 * 24 * 60 * 60;
const REMOTE_IDLE_TIMEOUT_SECONDS = 600;

/** A request with everything decided. */
export interface DeploymentPlan {
  readonly request: DeployRequest;
  readonly namespace: string;
  readonly key: string;
  readonly storeId: string;
  /** What the names of the deployment's nodes start with. */
  readonly nodeNamePrefix: string;
  readonly scope: string;
  /** Machines to run on, the first choice first. */
  readonly offerings: readonly [ComputeOffering, ...ComputeOffering[]];
  /** Absent where the request does not say. */
  readonly replicas: number | ReplicaScaling | undefined;
  readonly keep: boolean;
  readonly idleTimeoutSeconds: number;
  /** The workload without its secrets, and the machine where only one will do. */
  readonly spec: JsonObject;
}

/** @throws InvalidDeployRequestError when what is asked for cannot be deployed. */
export async function planDeployment(request: DeployRequest, options: CallOptions): Promise<DeploymentPlan> {
  const { provider, runtime, workload, namespace = "default", keep = false } = request;
  check(request);
  const [storeId, scope, offerings] = await Promise.all([
    request.store.storeId(options),
    provider.scope(options),
    offeringsOf(request, options),
  ]);
  const spec = formatSpec(workload, request.offering);
  const key = deploymentKey({ namespace, runtime, provider: provider.name, scope, spec });
  return {
    request,
    namespace,
    key,
    storeId,
    nodeNamePrefix: nodeNamePrefix(storeId.slice(0, 8), key.slice(0, 8)),
    scope,
    offerings,
    replicas: request.replicas,
    keep,
    idleTimeoutSeconds:
      request.idleTimeoutSeconds ?? (provider.capabilities.endsWithHolders ? 0 : REMOTE_IDLE_TIMEOUT_SECONDS),
    spec,
  };
}

/** The workload as a node of this deployment gets it. */
export function nodeWorkload(
  plan: DeploymentPlan,
  endpointKey: string,
  offering: ComputeOffering,
): ContainerWorkload {
  const { workload, endpointKeyVariable } = plan.request;
  return {
    ...workload,
    env: { ...workload.env, [DEPLOYMENT_VARIABLE]: formatLabel(labelOf(plan, offering)) },
    secretEnv: { ...workload.secretEnv, [endpointKeyVariable]: endpointKey },
  };
}

function labelOf(
  { request, namespace, spec, keep, idleTimeoutSeconds }: DeploymentPlan,
  { id: offeringId, gpu, gpuCount, priceMicroDollarsPerHour }: ComputeOffering,
): DeploymentLabel {
  const { runtime, endpointKeyVariable, maxLifetimeSeconds } = request;
  return {
    namespace,
    runtime,
    spec,
    endpointKeyVariable,
    offeringId,
    ...(gpu !== undefined && { gpu }),
    gpuCount,
    plannedPriceMicroDollarsPerHour: priceMicroDollarsPerHour,
    keep,
    idleTimeoutSeconds,
    ...(maxLifetimeSeconds !== undefined && { maxLifetimeSeconds }),
  };
}

/** Time in seconds after which an unused node ends itself. */
export function nodeIdleTimeoutSeconds({ keep, idleTimeoutSeconds }: DeploymentPlan): number {
  return keep ? NEVER_SECONDS : idleTimeoutSeconds;
}

async function offeringsOf(
  { provider, workload: { requirements }, offering, offerings }: DeployRequest,
  options: CallOptions,
): Promise<DeploymentPlan["offerings"]> {
  if (offering !== undefined) return [offering];
  const [first, ...others] =
    offerings ?? (await provider.listOfferings({ ...options, requirements })).slice(0, 1);
  if (first !== undefined) return [first, ...others];
  throw new InvalidDeployRequestError(
    `expected provider ${provider.name} to offer a machine, but it offers none now; try later, or use another provider`,
  );
}

/** @throws InvalidDeployRequestError */
export function checkReplicas(replicas: number | ReplicaScaling): void {
  const { min, max, targetOutstanding } =
    typeof replicas === "number" ? { min: replicas, max: replicas, targetOutstanding: 1 } : replicas;
  for (const count of [min, max]) {
    if (Number.isSafeInteger(count) && count >= 0) continue;
    throw new InvalidDeployRequestError(`expected a whole number of replicas from 0 on, but found ${count}`);
  }
  if (max < min || (max === 0 && typeof replicas !== "number")) {
    throw new InvalidDeployRequestError(
      `expected replicas.max to be at least replicas.min and 1, but found ${max} with a minimum of ${min}`,
    );
  }
  if (!(targetOutstanding > 0)) {
    throw new InvalidDeployRequestError(
      `expected replicas.targetOutstanding to be a number above 0, but found ${targetOutstanding}`,
    );
  }
}

function check({ provider, workload, endpointKeyVariable, ...request }: DeployRequest): void {
  if (request.replicas !== undefined) checkReplicas(request.replicas);
  for (const name of ["idleTimeoutSeconds", "maxLifetimeSeconds", "drainTimeoutSeconds"] as const) {
    const value = request[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new InvalidDeployRequestError(
      `expected ${name} to be a whole number from 0 on, but found ${value}`,
    );
  }
  livenessLimits(request.liveness);
  checkSecrets(workload.secretEnv);
  if ({ ...workload.env, ...workload.secretEnv }[endpointKeyVariable] !== undefined) {
    throw new InvalidDeployRequestError(
      `expected the workload to leave ${endpointKeyVariable} to the deployment, but it sets the variable; remove it`,
    );
  }
  if (provider.capabilities.deploymentType === "PROCESS" && workload.process === undefined) {
    throw new InvalidDeployRequestError(
      `expected a workload that runs as a process, as provider ${provider.name} needs it, but it is a container only`,
    );
  }
}

/** Here, since what refuses such variables later repeats their values. A name becomes that of a file, too. */
function checkSecrets(secretEnv: ContainerWorkload["secretEnv"]): void {
  for (const [name, value] of Object.entries(secretEnv)) {
    if (!/^[^=/\0]+$/.test(name)) {
      throw new InvalidDeployRequestError(
        `expected names in workload.secretEnv that programs can have variables of, but found ${JSON.stringify(name)}`,
      );
    }
    if (value.includes("\0")) {
      throw new InvalidDeployRequestError(
        `expected workload.secretEnv to hold text, but ${name} has a NUL in it; encode it, such as in base64`,
      );
    }
  }
}
