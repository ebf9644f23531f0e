import type { ComputeProviderName, GpuArchitecture } from "@conduit/types";

/** What an offering, or a plan on it, has to be. What is absent is free. A fact that a constraint asks for and an offering does not state rejects it. */
export interface OfferingConstraints {
  /** The published ENTERPRISE: a data centre for enterprises, and no consumer card. */
  readonly enterprise?: boolean | undefined;
  /** The published SINGLE_DEVICE: everything on one GPU. */
  readonly singleDevice?: boolean | undefined;
  /** The published max_available: the offering states that as many machines can be had as the plan takes. What is stated is kept to in any case. */
  readonly maxAvailable?: boolean | undefined;
  readonly architecture?: GpuArchitecture | readonly GpuArchitecture[] | undefined;
  /** The GPU, by any name that {@link resolveGpu} knows, for all providers or for each one named; providers that are not named stay free. Overrides the choice; the plan is checked all the same. */
  readonly gpu?: string | Partial<Record<ComputeProviderName, string>> | undefined;
  /** GPUs that the plan rents, over all its machines. */
  readonly numGpus?: number | undefined;
  readonly regions?: readonly string[] | undefined;
  /** `true` for spot machines only, `false` for on-demand ones only. */
  readonly spot?: boolean | undefined;
  /** Of the whole plan, in millionths of a US dollar. */
  readonly maxPriceMicroDollarsPerHour?: number | undefined;
  /** Machines that can be had now. */
  readonly minAvailable?: number | undefined;
  readonly minUptimePercent?: number | undefined;
  /** Models that span GPUs do so only over NVLink or Infinity Fabric. */
  readonly interconnect?: boolean | undefined;
  /** Models that span GPUs do so only on one NUMA node. */
  readonly numaLocal?: boolean | undefined;
  /** Of every model, all its sequences together; without `replicas` the plan takes as many as that needs. */
  readonly minTokensPerSecond?: number | undefined;
  /** Of every model, for a prompt of its `promptTokens` on an idle machine. */
  readonly maxTimeToFirstTokenMs?: number | undefined;
}

/** What a plan is chosen for. */
export type Objective = "cheapest" | "cheapest-per-vram" | "cheapest-per-token" | "fastest";
