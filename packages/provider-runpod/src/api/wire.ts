import { type Static, Type } from "typebox";

// What Conduit reads of RunPod's answers, as its OpenAPI document has it. Words that RunPod may add to later are plain strings.

const PodPort = Type.Object({
  private: Type.Optional(Type.Integer()),
  public: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  type: Type.Optional(Type.String()),
  ip: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});

export const Pod = Type.Object({
  id: Type.String({ minLength: 1 }),
  name: Type.String(),
  status: Type.String(),
  ports: Type.Array(Type.String()),
  env: Type.Record(Type.String(), Type.String()),
  gpu: Type.Optional(Type.Object({ id: Type.String(), count: Type.Optional(Type.Integer()) })),
  cpu: Type.Optional(Type.Object({})),
  /** US dollars per hour. */
  cost: Type.Number(),
  runtime: Type.Union([Type.Object({ ports: Type.Optional(Type.Array(PodPort)) }), Type.Null()]),
  createdAt: Type.String(),
});
export type Pod = Static<typeof Pod>;

/** As much of all pods of an account as tells which are Conduit's; the others are their owners' affair, whatever they look like. */
export const PodList = Type.Object({
  pods: Type.Array(Type.Object({ id: Type.String({ minLength: 1 }), name: Type.String() })),
});

const InDataCenter = Type.Object({ id: Type.String(), availability: Type.String() });

export const GpuType = Type.Object({
  id: Type.String({ minLength: 1 }),
  /** GB, which are GiB as cards are sold. */
  memory: Type.Integer(),
  secure: Type.Boolean(),
  community: Type.Boolean(),
  /** US dollars per hour for one. */
  price: Type.Object({ secure: Type.Number(), community: Type.Number() }),
  maxCount: Type.Object({ secure: Type.Integer(), community: Type.Integer() }),
  availability: Type.Optional(Type.String()),
  dataCenters: Type.Optional(Type.Array(InDataCenter)),
});
export type GpuType = Static<typeof GpuType>;

export const GpuTypeList = Type.Object({ gpus: Type.Array(GpuType) });

export const NetworkVolume = Type.Object({ id: Type.String(), dataCenter: Type.String() });

/** Data of an event of a log. */
export const LogLine = Type.Object({ line: Type.String(), ts: Type.String() });

export type Cloud = "SECURE" | "COMMUNITY";

/** Storage of a pod: on its machine, or a network volume. */
export interface RunpodMounts {
  readonly persistent?: { readonly size: number; readonly path: string };
  readonly network?: readonly { readonly volumeId: string; readonly path: string }[];
}

/** Body of the request that creates a pod. */
export interface CreatePodBody {
  readonly name: string;
  readonly image?: string;
  readonly args?: string;
  /** GB */
  readonly disk?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly registry?: string | null;
  readonly cloud?: Cloud;
  readonly dataCenterIds?: readonly string[];
  readonly globalNetworking?: boolean;
  readonly gpu: {
    readonly id: string;
    readonly count: number;
    readonly allowedCudaVersions?: readonly string[];
    readonly minCudaVersion?: string;
  };
  readonly mounts?: RunpodMounts;
  readonly startJupyter?: boolean;
  readonly startSsh?: boolean;
  readonly templateId?: string;
}
