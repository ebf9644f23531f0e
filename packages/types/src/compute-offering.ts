import { type Static, Type } from "typebox";
import { ComputeProviderName, GpuArchitecture, GpuInterconnect } from "./names.ts";

/**
 * One kind of machine that a provider lends, as it states it. A fact that is absent is unknown, never assumed.
 */
export const ComputeOffering = Type.Object({
  /** The provider's own id, unique within it. */
  id: Type.String({ minLength: 1 }),
  provider: ComputeProviderName,
  /** Key of the catalogue's row, such as `L4`; absent for machines without a GPU. */
  gpu: Type.Optional(Type.String()),
  gpuCount: Type.Integer({ minimum: 0 }),
  /** Nominal memory of one GPU. */
  gpuMemoryBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  architecture: Type.Optional(GpuArchitecture),
  /** How the GPUs of the machine reach each other. */
  interconnect: Type.Optional(GpuInterconnect),
  /** Whether all GPUs of the machine hang on one NUMA node. */
  numaLocal: Type.Optional(Type.Boolean()),
  cpuCount: Type.Optional(Type.Integer({ minimum: 1 })),
  memoryBytes: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Price of the whole machine in millionths of a US dollar per hour; 0 for one's own. */
  priceMicroDollarsPerHour: Type.Integer({ minimum: 0 }),
  spot: Type.Boolean(),
  region: Type.Optional(Type.String()),
  /** How many of it can be had now. */
  available: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Whether it stands in a data centre for enterprises. */
  enterprise: Type.Optional(Type.Boolean()),
  uptimePercent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
});
export type ComputeOffering = Static<typeof ComputeOffering>;
