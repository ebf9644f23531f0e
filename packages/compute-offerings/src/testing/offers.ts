import type { ComputeOffering } from "@conduit/types";

/** An offering of a card, with its price for each in dollars per hour. */
export function offer(
  gpu: string,
  gpuCount: number,
  dollarsPerGpu: number,
  facts: Partial<ComputeOffering> = {},
): ComputeOffering {
  return {
    id: `${gpuCount} x ${gpu}`,
    provider: "RUNPOD",
    gpu,
    gpuCount,
    priceMicroDollarsPerHour: Math.round(dollarsPerGpu * gpuCount * 1e6),
    spot: false,
    ...facts,
  };
}
