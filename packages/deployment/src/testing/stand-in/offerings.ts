import type { ComputeOffering, ComputeProviderName } from "@conduit/types";

/** Two kinds of machines, the cheaper first. */
export function standInOfferings(provider: ComputeProviderName): readonly ComputeOffering[] {
  return [
    { id: "small", provider, gpu: "L4", gpuCount: 1, priceMicroDollarsPerHour: 400_000, spot: false },
    { id: "large", provider, gpu: "H100", gpuCount: 1, priceMicroDollarsPerHour: 2_500_000, spot: false },
  ];
}
