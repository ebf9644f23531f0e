import {
  type CallOptions,
  type ComputeOffering,
  type ContainerWorkload,
  type JsonObject,
  nodeNamePrefix,
} from "@conduit/types";
import type { DeployRequest } from "./deploy-request.ts";
import { InvalidDeployRequestError } from "./deployment-error.ts";
import { deploymentKey } from "./deployment-key.ts";

/** What a node's environment says that it belongs to, since its name has room for 8 digits of the key only. */
export const DEPLOYMENT_VARIABLE = "CONDUIT_DEPLOYMENT";

const NEVER_SECONDS = 100 * 365 * 24 * 60 * 60;
const REMOTE_IDLE_TIMEOUT_SECONDS = 600;

/** A request with everything decided. */
export interface DeploymentPlan {
  readonly request: DeployRequest;
  readonly namespace: string;
  readonly key: string;
  /** What the names of the deployment's nodes start with. */
  readonly nodeNamePrefix: string;
  readonly scope: string;
  readonly offering: ComputeOffering;
  readonly replicas: number;
  readonly keep: boolean;
  readonly idleTimeoutSeconds: number;
  /** The workload and the offering, without secrets. */
  readonly spec: JsonObject;
}

/** @throws InvalidDeployRequestError when what is asked for cannot be deployed. */
export async function planDeployment(request: DeployRequest, options: CallOptions): Promise<DeploymentPlan> {
  const { provider, runtime, workload, namespace = "default", replicas = 1, keep = false } = request;
  check(request, replicas);
  const [storeId, scope, offering] = await Promise.all([
    request.store.storeId(options),
    provider.scope(options),
    request.offering ?? firstOffering(request, options),
  ]);
  const spec = describe(workload, offering);
  const key = deploymentKey({ namespace, runtime, provider: provider.name, scope, replicas, spec });
  return {
    request,
    namespace,
    key,
    nodeNamePrefix: nodeNamePrefix(storeId.slice(0, 8), key.slice(0, 8)),
    scope,
    offering,
    replicas,
    keep,
    idleTimeoutSeconds:
      request.idleTimeoutSeconds ?? (provider.capabilities.endsWithHolders ? 0 : REMOTE_IDLE_TIMEOUT_SECONDS),
    spec,
  };
}

/** The workload as a node of this deployment gets it. */
export function nodeWorkload({ request, key }: DeploymentPlan, endpointKey: string): ContainerWorkload {
  const { workload, endpointKeyVariable } = request;
  return {
    ...workload,
    env: { ...workload.env, [DEPLOYMENT_VARIABLE]: key },
    secretEnv: { ...workload.secretEnv, [endpointKeyVariable]: endpointKey },
  };
}

/** Time in seconds after which an unused node ends itself. */
export function nodeIdleTimeoutSeconds({ keep, idleTimeoutSeconds }: DeploymentPlan): number {
  return keep ? NEVER_SECONDS : idleTimeoutSeconds;
}

function describe(
  { image, process, env, ports, healthPath }: ContainerWorkload,
  offering: ComputeOffering,
): JsonObject {
  const { id, gpu, gpuCount } = offering;
  return {
    image,
    ...(process !== undefined && { process: { ...process } }),
    env: { ...env },
    ports: ports.map((port) => ({ ...port })),
    healthPath,
    offering: { id, gpuCount, ...(gpu !== undefined && { gpu }) },
  };
}

async function firstOffering({ provider }: DeployRequest, options: CallOptions): Promise<ComputeOffering> {
  const [offering] = await provider.listOfferings(options);
  if (offering !== undefined) return offering;
  throw new InvalidDeployRequestError(
    `expected provider ${provider.name} to offer a machine, but it offers none now; try later, or use another provider`,
  );
}

function check(
  { provider, workload, endpointKeyVariable, ...request }: DeployRequest,
  replicas: number,
): void {
  if (!Number.isSafeInteger(replicas) || replicas < 1) {
    throw new InvalidDeployRequestError(
      `expected a whole number of replicas from 1 on, but found ${replicas}`,
    );
  }
  for (const name of ["idleTimeoutSeconds", "maxLifetimeSeconds"] as const) {
    const value = request[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new InvalidDeployRequestError(
      `expected ${name} to be a whole number from 0 on, but found ${value}`,
    );
  }
  for (const name of [endpointKeyVariable, DEPLOYMENT_VARIABLE]) {
    if (workload.env[name] === undefined && workload.secretEnv[name] === undefined) continue;
    throw new InvalidDeployRequestError(
      `expected the workload to leave ${name} to the deployment, but it sets the variable; remove it`,
    );
  }
  if (provider.capabilities.deploymentType === "PROCESS" && workload.process === undefined) {
    throw new InvalidDeployRequestError(
      `expected a workload that runs as a process, as provider ${provider.name} needs it, but it is a container only`,
    );
  }
}
