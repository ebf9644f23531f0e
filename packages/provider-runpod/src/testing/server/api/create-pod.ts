import type { CreatePodBody, PodPrice, PodRecord } from "../world/pod-record.ts";
import type { ResourceFolder } from "../world/resource-folder.ts";
import { cudaVersionsFor, type GpuStock, placementOf, placesFor, priceIn } from "../world/stock.ts";
import type { Answer, Call } from "./call.ts";
import { DEFAULT_DISK_GB } from "./pod-view.ts";
import type { Pods } from "./pods.ts";
import { notFound, Problem } from "./problem.ts";
import type { StoredRegistry, StoredVolume } from "./resources.ts";

/** Dollars per GB and month of 30 days, as RunPod's price list has it: while the pod runs, and for what is left of it while it is stopped. */
const DISK = { running: 0.1, stopped: 0.2 };
const HOURS_PER_MONTH = 720;

/** What a pod may refer to, and how long it takes. */
export interface PodSurroundings {
  readonly pods: Pods;
  readonly gpus: readonly GpuStock[];
  readonly volumes: ResourceFolder<StoredVolume>;
  readonly registries: ResourceFolder<StoredRegistry>;
  readonly provisioningMs: number;
  readonly startingMs: number;
}

export async function createPod(surroundings: PodSurroundings, { text, account }: Call): Promise<Answer> {
  const body: CreatePodBody = JSON.parse(text);
  const { pods } = surroundings;
  const facts = placedPod(surroundings, body, account);
  const { record } = pods.folders.add(facts);
  await pods.tend(record.id);
  return { status: 201, body: pods.viewOf(record.id) };
}

function placedPod(
  { pods, gpus, volumes, registries, ...times }: PodSurroundings,
  body: CreatePodBody,
  account: string,
): Omit<PodRecord, "id" | "podKey"> {
  const { gpu, cloud = "SECURE", registry, mounts, dataCenterIds } = body;
  if (body.templateId !== undefined) throw notFound("template");
  if (gpu === undefined) throw new Problem(400, "the stand-in has no CPUs");
  const stock = gpus.find(({ id }) => id === gpu.id);
  if (stock === undefined) throw new Problem(400, `gpu type ${gpu.id} is not known`);
  if (registry != null && registries.get(registry, account) === undefined) throw notFound("registry");
  const [network] = mounts?.network ?? [];
  const volume = network && volumes.get(network.volumeId, account);
  if (network !== undefined && volume === undefined) throw notFound("network volume");
  refuse(pods, gpu.id);
  const placement = placementOf(gpu, cloud, dataCenterIds);
  const places = placesFor(stock, placement).filter((id) => volume === undefined || id === volume.dataCenter);
  const [dataCenterId] = places;
  if (dataCenterId === undefined) throw noCapacity();
  const createdAtMs = pods.clock.nowMs();
  const death = pods.faults.next("pod-dies");
  return {
    account,
    request: body,
    dataCenterId,
    cudaVersion: cudaVersionsFor(stock, placement).at(-1) ?? null,
    createdAtMs,
    appearsAtMs: createdAtMs + (pods.faults.next("pod-appears-late")?.delayMs ?? 0),
    provisioningMs: times.provisioningMs + (pods.faults.next("slow-provisioning")?.byMs ?? 0),
    startingMs: times.startingMs,
    price: priceOf(body, stock, pods.faults.next("price-raised")?.byMicroDollarsPerHour ?? 0),
    dies: death && { atMs: createdAtMs + death.afterMs, leaves: death.leaves },
  };
}

function refuse({ faults }: Pods, gpuTypeId: string): void {
  const refusal = faults.next("create-refused", (fault) => (fault.gpuTypeId ?? gpuTypeId) === gpuTypeId);
  if (refusal === undefined) return;
  switch (refusal.reason) {
    case "no-balance":
      throw new Problem(402, "insufficient balance");
    case "no-access":
      throw new Problem(403, "access denied");
    default:
      throw noCapacity();
  }
}

/** The words in which RunPod says that there is no machine; its document gives none. */
function noCapacity(): Problem {
  return new Problem(
    400,
    "There are no longer any instances available with the requested specifications. Please refresh and try again.",
  );
}

function priceOf(body: CreatePodBody, gpu: GpuStock, raisedBy: number): PodPrice {
  const { disk = DEFAULT_DISK_GB, cloud = "SECURE", mounts } = body;
  const volumeGb = mounts?.persistent?.size ?? 0;
  const perGb = (dollarsPerMonth: number) => (dollarsPerMonth * 1_000_000) / HOURS_PER_MONTH;
  return {
    gpusMicroDollarsPerHour: Math.round(priceIn(gpu, cloud) * 1_000_000) * (body.gpu?.count ?? 1) + raisedBy,
    runningDiskMicroDollarsPerHour: Math.round((disk + volumeGb) * perGb(DISK.running)),
    // The disk of the container does not outlast it.
    stoppedDiskMicroDollarsPerHour: Math.round(volumeGb * perGb(DISK.stopped)),
  };
}
