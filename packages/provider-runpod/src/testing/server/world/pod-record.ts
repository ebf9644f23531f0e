/** Whose pods are, unless a key or a fault says otherwise. */
export const THE_ACCOUNT = "user_the_account";

export type Cloud = "SECURE" | "COMMUNITY";

export interface GpuRequest {
  readonly id: string;
  readonly count?: number;
  readonly allowedCudaVersions?: readonly string[];
  readonly minCudaVersion?: string;
}

export interface PodMounts {
  readonly persistent?: { readonly size: number; readonly path: string };
  readonly network?: readonly { readonly volumeId: string; readonly path: string }[];
}

/** `CreatePodRequest` of the OpenAPI document, as far as the stand-in reacts to it. */
export interface CreatePodBody {
  readonly name: string;
  readonly image?: string;
  readonly args?: string;
  readonly disk?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly registry?: string | null;
  readonly cloud?: Cloud;
  readonly dataCenterIds?: readonly string[];
  readonly gpu?: GpuRequest;
  readonly cpu?: object;
  readonly mounts?: PodMounts;
  readonly templateId?: string;
}

/** What a pod costs, in millionths of a US dollar per hour. */
export interface PodPrice {
  readonly gpusMicroDollarsPerHour: number;
  readonly runningDiskMicroDollarsPerHour: number;
  readonly stoppedDiskMicroDollarsPerHour: number;
}

/** What a stand-in knows of a pod from its creation on. Never changed. */
export interface PodRecord {
  readonly id: string;
  /** Whose it is; other accounts do not see it. */
  readonly account: string;
  readonly request: CreatePodBody;
  readonly dataCenterId: string;
  readonly cudaVersion: string | null;
  readonly createdAtMs: number;
  readonly appearsAtMs: number;
  /** Time until its container starts for the first time. */
  readonly provisioningMs: number;
  /** Time that its container takes to start, each time. */
  readonly startingMs: number;
  readonly price: PodPrice;
  readonly dies?: { readonly atMs: number; readonly leaves: "exited" | "error" | "nothing" } | undefined;
  /** The key that is for this pod only. */
  readonly podKey: string;
}

/** A time at which a pod was stopped, or started once more. */
export interface PowerChange {
  readonly atMs: number;
  readonly to: "stopped" | "running";
  /** It came back without its GPUs. */
  readonly withoutGpu?: boolean | undefined;
}

/** A pod with all that has happened to it. */
export interface PodHistory {
  readonly record: PodRecord;
  /** From the oldest on. */
  readonly power: readonly PowerChange[];
  readonly terminated: Termination | undefined;
}

export interface Termination {
  readonly atMs: number;
  /** For how long the pod is still found, as one that was terminated. */
  readonly lingersMs: number;
}
