import type { ProviderNode } from "@conduit/types";
import type { Pod } from "../api/wire.ts";
import { meaningOf } from "./pod-status.ts";
import { type NamedPort, parsePortNames } from "./port-names.ts";

/** Why a pod that runs without its GPUs is no good. */
export const WITHOUT_GPUS = "it came back without its GPUs, which went to somebody else while it was stopped";

/** A pod as a node; `undefined` where it is deleted for good. `proxyUrl` has `{podId}` and `{port}` in it. */
export async function describePod(pod: Pod, proxyUrl: string): Promise<ProviderNode | undefined> {
  const { status, progress } = meaningOf(pod.status);
  if (status === undefined) return undefined;
  const createdAtMs = Date.parse(pod.createdAt);
  const node = {
    id: pod.id,
    name: pod.name,
    env: pod.env,
    ...(Number.isFinite(createdAtMs) && { createdAtMs }),
    ...(progress !== undefined && { progress }),
  };
  if (status === "failed") {
    return { ...node, status, failure: "RunPod says that its container cannot go on (ERROR)" };
  }
  if (status !== "running") return { ...node, status };
  if (lacksGpus(pod)) return { ...node, status: "failed", failure: WITHOUT_GPUS };
  return { ...node, status, ...priceOf(pod), ...(await addressesOf(pod, proxyUrl)) };
}

/** Whether a pod runs on none of the GPUs that it was made with. */
export function lacksGpus({ gpu, cpu }: Pod): boolean {
  return cpu === undefined && (gpu === undefined || gpu.count === 0);
}

/** RunPod states a price, of storage too, for as long as a pod runs, and 0 before and after. */
function priceOf({ cost }: Pod): Pick<ProviderNode, "priceMicroDollarsPerHour"> {
  return cost > 0 ? { priceMicroDollarsPerHour: Math.round(cost * 1e6) } : {};
}

interface Address {
  readonly baseUrl: string;
  readonly port: number;
}

async function addressesOf(pod: Pod, proxyUrl: string): Promise<Pick<ProviderNode, "baseUrl" | "portMap">> {
  const named = await parsePortNames(pod.env);
  const ports: readonly NamedPort[] = named.length > 0 ? named : pod.ports.map(toNamedPort);
  const addresses = ports.map(({ name, port }) => ({ name, address: addressOf(pod, port, proxyUrl) }));
  const known = addresses.flatMap(({ name, address }) =>
    address === undefined ? [] : [[name, address.port]],
  );
  const baseUrl = addresses[0]?.address?.baseUrl;
  return {
    ...(baseUrl !== undefined && { baseUrl }),
    ...(known.length > 0 && { portMap: Object.fromEntries(known) }),
  };
}

function toNamedPort(entry: string): NamedPort {
  const port = Number.parseInt(entry, 10);
  return { name: String(port), port };
}

function addressOf(pod: Pod, port: number, proxyUrl: string): Address | undefined {
  if (pod.ports.includes(`${port}/http`)) {
    const baseUrl = proxyUrl.replaceAll("{podId}", pod.id).replaceAll("{port}", String(port));
    const { port: explicit, protocol } = new URL(baseUrl);
    return { baseUrl, port: Number(explicit || (protocol === "https:" ? 443 : 80)) };
  }
  const mapping = pod.runtime?.ports?.find((each) => each.private === port && each.type === "tcp");
  if (!mapping?.ip || !mapping.public) return undefined;
  return { baseUrl: `http://${mapping.ip}:${mapping.public}`, port: mapping.public };
}
