import type { CreatePodBody } from "../world/pod-record.ts";
import type { ReceivedRequest } from "./received-request.ts";

/** Parameters of the catalogue that mean something only beside availability. */
const FILTERS = ["product", "count", "cloud", "countryCodes", "cudaVersions", "minCudaVersion"];

/** What the document says in words only: rules across fields, which RunPod answers with 400. */
export function brokenRules(operationId: string, { query, text }: ReceivedRequest): string[] {
  if (operationId === "createPod") return brokenByPod(JSON.parse(text));
  if (operationId === "listGpuTypes" || operationId === "getGpuType") return brokenByFilters(query);
  return [];
}

function brokenByPod({ gpu, cpu, mounts, ports = [] }: CreatePodBody): string[] {
  const { persistent, network } = mounts ?? {};
  return [
    ...broken((gpu === undefined) === (cpu === undefined), "exactly one of gpu and cpu must be set"),
    ...broken(
      persistent !== undefined && network !== undefined,
      "mounts.persistent and mounts.network exclude each other",
    ),
    ...broken(network?.length === 0, "mounts.network must not be empty"),
    ...broken(cpu !== undefined && persistent !== undefined, "a CPU pod has no mounts.persistent"),
    ...broken(
      (gpu?.allowedCudaVersions ?? []).length > 0 && gpu?.minCudaVersion !== undefined,
      "gpu.allowedCudaVersions and gpu.minCudaVersion exclude each other",
    ),
    ...ports
      .filter((port) => !/^\d+\/(http|tcp)$/.test(port))
      .map((port) => `ports: expected <port>/http or <port>/tcp, but found ${port}`),
  ];
}

function brokenByFilters(query: URLSearchParams): string[] {
  const wantsAvailability = query.get("include") === "AVAILABILITY";
  const without = wantsAvailability ? [] : FILTERS.filter((name) => query.has(name));
  return [
    ...broken(wantsAvailability && !query.has("product"), "include=AVAILABILITY requires product"),
    ...without.map((name) => `${name} is valid only with include=AVAILABILITY`),
    ...broken(
      query.has("cudaVersions") && query.has("minCudaVersion"),
      "cudaVersions and minCudaVersion exclude each other",
    ),
  ];
}

function broken(isBroken: boolean, rule: string): string[] {
  return isBroken ? [rule] : [];
}
