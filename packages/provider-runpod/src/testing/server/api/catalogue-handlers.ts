import {
  cudaVersionsFor,
  type DataCenterStock,
  type GpuStock,
  type Placement,
  placesFor,
} from "../world/stock.ts";
import type { Handlers } from "./call.ts";
import { notFound } from "./problem.ts";

type CatalogueOperation = "listGpuTypes" | "getGpuType" | "listDataCenters";

export function catalogueHandlers(
  gpus: readonly GpuStock[],
  dataCenters: readonly DataCenterStock[],
): Handlers<CatalogueOperation> {
  const viewOf = (gpu: GpuStock, query: URLSearchParams) =>
    query.has("include") ? availableView(gpu, placementIn(query, dataCenters), dataCenters) : gpuView(gpu);
  return {
    async listGpuTypes({ query }) {
      const { dataCenterIds } = placementIn(query, dataCenters);
      const shown = gpus.filter((gpu) => gpu.dataCenterIds.some((id) => dataCenterIds?.includes(id) ?? true));
      return { status: 200, body: { gpus: shown.map((gpu) => viewOf(gpu, query)) } };
    },

    async getGpuType({ path: { id }, query }) {
      const gpu = gpus.find((each) => each.id === id);
      if (gpu === undefined) throw notFound("gpu type");
      return { status: 200, body: viewOf(gpu, query) };
    },

    async listDataCenters({ query }) {
      const regions = query.get("regions")?.split(",");
      const shown = dataCenters.filter(({ region }) => regions?.includes(region) ?? true);
      const wantsGpus = query.get("include")?.split(",").includes("GPU_AVAILABILITY") ?? false;
      const views = shown.map((each) => dataCenterView(each, wantsGpus ? gpus : undefined));
      return { status: 200, body: { dataCenters: views } };
    },
  };
}

function placementIn(query: URLSearchParams, dataCenters: readonly DataCenterStock[]): Placement {
  const countries = query.get("countryCodes")?.split(",");
  const within = dataCenters.filter(({ countryCode }) => countries?.includes(countryCode) ?? true);
  return {
    cloud: query.get("cloud") === "COMMUNITY" ? "COMMUNITY" : "SECURE",
    count: Number(query.get("count") ?? 1),
    dataCenterIds: countries && within.map(({ id }) => id),
    cudaVersions: query.get("cudaVersions")?.split(","),
    minCudaVersion: query.get("minCudaVersion") ?? undefined,
  };
}

function gpuView({ id, name, manufacturer, memoryGb, price, maxCount }: GpuStock): object {
  return {
    id,
    name,
    pool: null,
    manufacturer,
    memory: memoryGb,
    secure: price.secure > 0,
    community: price.community > 0,
    price,
    maxCount,
  };
}

function availableView(gpu: GpuStock, placement: Placement, dataCenters: readonly DataCenterStock[]): object {
  const places = dataCenters.filter(({ id }) => placesFor(gpu, placement).includes(id));
  const isAvailable = places.length > 0;
  return {
    ...gpuView(gpu),
    availability: isAvailable ? gpu.availability : "NONE",
    ...(isAvailable && {
      dataCenters: places.map(({ id, name }) => ({ id, name, availability: gpu.availability })),
    }),
    cudaVersions: cudaVersionsFor(gpu, placement).map((version) => ({ version, available: isAvailable })),
  };
}

function dataCenterView(
  { id, name, region }: DataCenterStock,
  gpus: readonly GpuStock[] | undefined,
): object {
  const there = gpus?.filter(({ dataCenterIds }) => dataCenterIds.includes(id));
  return {
    id,
    name,
    region,
    networkVolumeTypes: ["STANDARD", "HIGH_PERFORMANCE"],
    compliance: [],
    globalNetwork: true,
    ...(there && {
      gpuAvailability: there.map((gpu) => ({ id: gpu.id, name: gpu.name, availability: gpu.availability })),
    }),
  };
}
