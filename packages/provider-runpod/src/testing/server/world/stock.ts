import type { Cloud, GpuRequest } from "./pod-record.ts";

export type Availability = "NONE" | "LOW" | "MEDIUM" | "HIGH";

/** A kind of GPU as the catalogue has it, with where it is. */
export interface GpuStock {
  readonly id: string;
  readonly name: string;
  readonly manufacturer: "NVIDIA" | "AMD";
  readonly memoryGb: number;
  /** US dollars per hour for one GPU; 0 where a cloud does not have it. */
  readonly price: { readonly secure: number; readonly community: number };
  readonly maxCount: { readonly secure: number; readonly community: number };
  readonly availability: Availability;
  readonly dataCenterIds: readonly string[];
  readonly cudaVersions: readonly string[];
}

export interface DataCenterStock {
  readonly id: string;
  readonly name: string;
  readonly region: "NORTH_AMERICA" | "EUROPE";
  readonly countryCode: string;
}

/** A few data centers that there are. */
export const someDataCenters: readonly DataCenterStock[] = [
  { id: "EU-RO-1", name: "EU Romania 1", region: "EUROPE", countryCode: "RO" },
  { id: "US-KS-2", name: "US Kansas 2", region: "NORTH_AMERICA", countryCode: "US" },
  { id: "US-TX-3", name: "US Texas 3", region: "NORTH_AMERICA", countryCode: "US" },
];

const everywhere = {
  availability: "HIGH",
  dataCenterIds: someDataCenters.map(({ id }) => id),
  cudaVersions: ["12.4", "12.8", "13.0"],
} as const;

function nvidia(id: string, name: string, memoryGb: number, secure: number, community: number): GpuStock {
  const price = { secure, community };
  return {
    id,
    name,
    memoryGb,
    price,
    manufacturer: "NVIDIA",
    maxCount: { secure: 8, community: 4 },
    ...everywhere,
  };
}

/** A few kinds of GPUs that there are, the cheaper first. Their prices are of the right order, and change every week. */
export const someGpus: readonly GpuStock[] = [
  nvidia("NVIDIA L4", "L4", 24, 0.39, 0.32),
  nvidia("NVIDIA GeForce RTX 4090", "RTX 4090", 24, 0.59, 0.34),
  nvidia("NVIDIA A100 80GB PCIe", "A100 PCIe", 80, 1.39, 1.19),
  nvidia("NVIDIA H100 80GB HBM3", "H100 SXM", 80, 2.69, 2.39),
];

/** What a pod asks for, other than the kind of GPU. */
export interface Placement {
  readonly cloud: Cloud;
  readonly count: number;
  /** Default: any. */
  readonly dataCenterIds?: readonly string[] | undefined;
  readonly cudaVersions?: readonly string[] | undefined;
  readonly minCudaVersion?: string | undefined;
}

export function placementOf(
  { count = 1, allowedCudaVersions = [], minCudaVersion }: GpuRequest,
  cloud: Cloud,
  dataCenterIds: readonly string[] = [],
): Placement {
  return {
    cloud,
    count,
    dataCenterIds: dataCenterIds.length > 0 ? dataCenterIds : undefined,
    cudaVersions: allowedCudaVersions.length > 0 ? allowedCudaVersions : undefined,
    minCudaVersion,
  };
}

/** The data centers that have such machines. */
export function placesFor(gpu: GpuStock, placement: Placement): readonly string[] {
  const { cloud, count, dataCenterIds = gpu.dataCenterIds } = placement;
  const most = cloud === "SECURE" ? gpu.maxCount.secure : gpu.maxCount.community;
  const isOffered = priceIn(gpu, cloud) > 0 && count <= most && gpu.availability !== "NONE";
  if (!isOffered || cudaVersionsFor(gpu, placement).length === 0) return [];
  return gpu.dataCenterIds.filter((id) => dataCenterIds.includes(id));
}

export function cudaVersionsFor(
  gpu: GpuStock,
  { cudaVersions, minCudaVersion }: Placement,
): readonly string[] {
  return gpu.cudaVersions
    .filter((version) => cudaVersions?.includes(version) ?? true)
    .filter((version) => minCudaVersion === undefined || !isBelow(version, minCudaVersion));
}

export function priceIn({ price }: GpuStock, cloud: Cloud): number {
  return cloud === "SECURE" ? price.secure : price.community;
}

/** By their numbers: 12.11 is above 12.2. */
function isBelow(version: string, other: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
