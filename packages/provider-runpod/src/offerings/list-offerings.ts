import type {
  CallOptions,
  ComputeOffering,
  ListOfferingsOptions,
  WorkloadRequirements,
} from "@conduit/types";
import type { RunpodApi } from "../api/runpod-api.ts";
import { type Cloud, type GpuType, GpuTypeList } from "../api/wire.ts";
import { storageMicroDollarsPerHour, storageOf } from "../pods/storage.ts";
import type { RunpodProviderOptions } from "../runpod-options.ts";
import { gpuNameOf } from "./gpus.ts";
import { formatOfferingId } from "./offering-id.ts";

const GIB = 1024 ** 3;
/** Numbers of GPUs that models are spread over. RunPod tells of each only when asked. */
const GPU_COUNTS = [1, 2, 4, 8] as const;

export interface OfferingContext {
  readonly api: RunpodApi;
  readonly options: RunpodProviderOptions;
  /** Data centres to offer machines of, each by itself; `undefined` where RunPod chooses. */
  readonly dataCenterIds: readonly string[] | undefined;
}

/** All machines of RunPod's catalogue, those that can be had first, then the cheapest. */
export async function listOfferings(
  context: OfferingContext,
  { requirements, ...options }: ListOfferingsOptions,
): Promise<readonly ComputeOffering[]> {
  const { cloudType = "SECURE" } = context.options;
  const clouds: readonly Cloud[] = cloudType === "ALL" ? ["SECURE", "COMMUNITY"] : [cloudType];
  const lists = await Promise.all(
    clouds.flatMap((cloud) =>
      GPU_COUNTS.map(async (count) => {
        const gpus = await listGpuTypes(context.api, cloud, count, options);
        return gpus.flatMap((gpu) => offeringsOf(gpu, { cloud, count, context, requirements }));
      }),
    ),
  );
  return lists
    .flat()
    .toSorted(
      (a, b) =>
        Number(a.available === 0) - Number(b.available === 0) ||
        a.priceMicroDollarsPerHour - b.priceMicroDollarsPerHour ||
        (a.id < b.id ? -1 : 1),
    );
}

async function listGpuTypes(
  api: RunpodApi,
  cloud: Cloud,
  count: number,
  options: CallOptions,
): Promise<readonly GpuType[]> {
  const { gpus } = await api.ask(
    {
      kind: "read",
      what: `list its machines with ${count} GPUs (${cloud})`,
      method: "GET",
      path: "/v2/catalog/gpus",
      query: { include: "AVAILABILITY", product: "POD", count, cloud },
    },
    GpuTypeList,
    options,
  );
  return gpus;
}

interface Wanted {
  readonly cloud: Cloud;
  readonly count: number;
  readonly context: OfferingContext;
  readonly requirements: WorkloadRequirements | undefined;
}

function offeringsOf(
  gpu: GpuType,
  { cloud, count, context, requirements }: Wanted,
): readonly ComputeOffering[] {
  const { options, dataCenterIds } = context;
  const side = cloud === "SECURE" ? "secure" : "community";
  const price = gpu.price[side];
  // A price of 0 is none: such a machine cannot be held to it.
  if (!gpu[side] || gpu.maxCount[side] < count || price <= 0) return [];
  const gpuBytes = gpu.memory * GIB * count;
  const storage = storageMicroDollarsPerHour(storageOf(options, { requirements, gpuBytes }));
  const offering = (dataCenterId: string | undefined, availability: string | undefined): ComputeOffering => ({
    id: formatOfferingId({ gpuId: gpu.id, gpuCount: count, cloud, dataCenterId }),
    provider: "RUNPOD",
    gpu: gpuNameOf(gpu.id),
    gpuCount: count,
    gpuMemoryBytes: gpu.memory * GIB,
    priceMicroDollarsPerHour: Math.ceil(price * count * 1e6 + storage),
    spot: false,
    enterprise: cloud === "SECURE",
    ...(dataCenterId !== undefined && { region: dataCenterId }),
    // RunPod says whether there are few or many, not how many.
    ...(availability === "NONE" && { available: 0 }),
  });
  if (dataCenterIds === undefined) return [offering(undefined, gpu.availability)];
  const stock = new Map(gpu.dataCenters?.map(({ id, availability }) => [id, availability]));
  return dataCenterIds.map((id) => offering(id, stock.get(id) ?? "NONE"));
}
