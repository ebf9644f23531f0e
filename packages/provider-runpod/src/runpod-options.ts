import type { Cloud, CreatePodBody } from "./api/wire.ts";
import type { Pause } from "./pause.ts";

/** Whose machines: RunPod's own data centres, those of others, or both. */
export type RunpodCloudType = Cloud | "ALL";

/**
 * What to ask for beyond what Conduit does, in the words of RunPod's API. It wins over what Conduit asks for; `env` and `gpu` are merged with
 * that, key by key. Which cloud a machine is of is part of its offering.
 */
export type RunpodOverrides = Partial<Omit<CreatePodBody, "name" | "gpu" | "cloud">> & {
  readonly gpu?: Pick<CreatePodBody["gpu"], "allowedCudaVersions" | "minCudaVersion">;
};

export interface RunpodProviderOptions {
  /** Key of RunPod's API. Default: `RUNPOD_API_KEY`. */
  readonly apiKey?: string | undefined;
  /**
   * What to call the account, for keys that may not ask RunPod whose they are. All programs of a store have to use the same. Default: RunPod's id of
   * the account.
   */
  readonly accountId?: string | undefined;
  /** Whose machines are offered. Default `"SECURE"`, RunPod's own data centres. */
  readonly cloudType?: RunpodCloudType | undefined;
  /** Data centres to offer machines of, each by itself, such as `EU-RO-1`. Default: all; RunPod then chooses. */
  readonly dataCenterIds?: readonly string[] | undefined;
  /** Network volume that weights are kept on, for all pods. Only machines of its data centre are offered then. Default: a volume for each pod. */
  readonly networkVolumeId?: string | undefined;
  /** RunPod's id of the credentials for the registry of a private image. */
  readonly containerRegistryAuthId?: string | undefined;
  /** Size of the weights that a pod downloads, which its volume is made for. Default: as its workload says, or as much as its GPUs hold. */
  readonly weightsBytes?: number | undefined;
  /** Size in GB of a pod's own disk, which holds the image. Default 20. */
  readonly containerDiskGb?: number | undefined;
  /**
   * How ports of protocol `http` are reached: through RunPod's proxy with TLS, which ends an answer that sends nothing for 100 seconds, or over TCP at the machine's own
   * address, without TLS. Default `"proxy"`.
   */
  readonly exposure?: "proxy" | "tcp" | undefined;
  readonly overrides?: RunpodOverrides | undefined;
  /** Longest time in milliseconds until a created pod is listed. Default 30 seconds. */
  readonly visibilityWindowMs?: number | undefined;
  /** @internal Where the API is. Default: `RUNPOD_API_URL`, or RunPod's. */
  readonly apiUrl?: string | undefined;
  /** @internal Where a pod's HTTP ports are, with `{podId}` and `{port}` in it. Default: `RUNPOD_PROXY_URL`, or RunPod's. */
  readonly proxyUrl?: string | undefined;
  /** @internal How to wait between requests, for tests. Default: by the machine's time. */
  readonly pause?: Pause | undefined;
  /** @internal How to wait for more lines of a log, for tests. Default: by the machine's time. */
  readonly logPause?: Pause | undefined;
  /** @internal The time in milliseconds since 1970 that the limits of requests are counted by, for tests. Default: the machine's. */
  readonly nowMs?: (() => number) | undefined;
}
