import { type NodeSpec, nodeEnvironment, type WorkloadPort } from "@conduit/types";
import type { CreatePodBody } from "../api/wire.ts";
import { RunpodSpotError } from "../errors/runpod-spot-error.ts";
import { parseOfferingId } from "../offerings/offering-id.ts";
import type { RunpodProviderOptions } from "../runpod-options.ts";
import { END_REQUESTS_VARIABLE, endRequests } from "./end-requests.ts";
import { formatPortNames, PORTS_VARIABLE } from "./port-names.ts";
import { hubFolderOf, storageOf } from "./storage.ts";

/**
 * What to ask RunPod for.
 *
 * @throws RunpodSpotError, RunpodOfferingUnknownError
 */
export function createPodBody(
  { name, workload, offering, ...limits }: NodeSpec,
  options: RunpodProviderOptions,
  apiUrl: string,
): CreatePodBody {
  if (offering.spot) throw new RunpodSpotError(`the spot offering ${offering.id}`);
  const { gpuId, gpuCount, cloud, dataCenterId } = parseOfferingId(offering.id);
  const { containerRegistryAuthId, exposure = "proxy", overrides = {} } = options;
  const { env, gpu, ...others } = overrides;
  const storage = storageOf(options, {
    requirements: workload.requirements,
    gpuBytes: (offering.gpuMemoryBytes ?? 0) * gpuCount,
  });
  const minCudaVersion = workload.requirements?.minimumCudaVersion;
  return {
    name,
    image: workload.image,
    cloud,
    ports: workload.ports.map((port) => portEntry(port, exposure)),
    ...(containerRegistryAuthId !== undefined && { registry: containerRegistryAuthId }),
    ...(dataCenterId !== undefined && { dataCenterIds: [dataCenterId] }),
    ...storage,
    ...others,
    gpu: { id: gpuId, count: gpuCount, ...(minCudaVersion !== undefined && { minCudaVersion }), ...gpu },
    env: {
      HF_HOME: hubFolderOf(storage),
      [PORTS_VARIABLE]: formatPortNames(workload.ports),
      [END_REQUESTS_VARIABLE]: endRequests(apiUrl),
      ...nodeEnvironment({ name, workload, offering, ...limits }),
      ...env,
    },
  };
}

/** What of that nobody else may read: what programs and users keep to themselves. */
export function secretsOf({ workload }: NodeSpec, { overrides }: RunpodProviderOptions): readonly string[] {
  return [...Object.values(workload.secretEnv), ...Object.values(overrides?.env ?? {})];
}

function portEntry({ containerPort, protocol }: WorkloadPort, exposure: "proxy" | "tcp"): string {
  return `${containerPort}/${protocol === "http" && exposure === "proxy" ? "http" : "tcp"}`;
}
