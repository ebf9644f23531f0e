import { timestampAt } from "../clock.ts";
import type { PodHistory } from "../world/pod-record.ts";
import { actionsOf, hasGpusAt, type PodStatus, rateAt, startedAtMs } from "../world/pod-status.ts";

/** Where the ports of a pod's container are found from outside. */
export type PublicPort = (containerPort: number) => number | undefined;

/** A pod as RunPod tells of it: `Pod` of the OpenAPI document. */
export function podView(
  history: PodHistory,
  status: PodStatus,
  nowMs: number,
  publicPort: PublicPort,
): object {
  const { id, request, dataCenterId, cudaVersion, createdAtMs } = history.record;
  const startedMs = startedAtMs(history, nowMs);
  const count = request.gpu?.count ?? 1;
  const hasGpus = hasGpusAt(history, nowMs);
  return {
    id,
    name: request.name,
    status,
    actions: actionsOf[status],
    image: request.image,
    args: request.args ?? "",
    disk: request.disk ?? DEFAULT_DISK_GB,
    mounts: request.mounts ?? {},
    ports: request.ports ?? [],
    env: request.env ?? {},
    registry: request.registry ?? null,
    ...(hasGpus && { gpu: { id: request.gpu?.id, count } }),
    cloud: request.cloud ?? "SECURE",
    dataCenterId,
    cudaVersion,
    ssh: { proxy: null, direct: null },
    template: null,
    cost: status === "RUNNING" ? dollars(rateAt(history, nowMs)) : 0,
    locked: false,
    globalNetworking: { enabled: false },
    runtime:
      status === "RUNNING" && startedMs !== undefined
        ? {
            uptime: Math.floor((nowMs - startedMs) / 1000),
            gpus: Array.from({ length: hasGpus ? count : 0 }, () => ({ util: 0, memoryUtil: 0 })),
            cpu: { util: 0 },
            memory: { util: 0 },
            ports: tcpPorts(history, publicPort),
          }
        : null,
    createdAt: timestampAt(createdAtMs),
    startedAt: startedMs === undefined ? null : timestampAt(startedMs),
  };
}

/** Size of a container's disk that nobody has named. */
export const DEFAULT_DISK_GB = 50;

/** As the document's examples have it: what goes through the proxy is not among the ports. */
function tcpPorts({ record }: PodHistory, publicPort: PublicPort): object[] {
  return (record.request.ports ?? []).flatMap((port) => {
    const [number, protocol] = port.split("/");
    const found = protocol === "tcp" ? publicPort(Number(number)) : undefined;
    return found === undefined
      ? []
      : { private: Number(number), public: found, type: "tcp", ip: "127.0.0.1" };
  });
}

/** Rounded as RunPod shows prices. */
function dollars(microDollars: number): number {
  return Math.round(microDollars / 1_000) / 1_000;
}
