import type { ComputeOffering } from "@conduit/types";

/** An offering with its price, for people. */
export function describeOffering({
  id,
  priceMicroDollarsPerHour,
}: Pick<ComputeOffering, "id" | "priceMicroDollarsPerHour">): string {
  return `${id} at $${priceMicroDollarsPerHour / 1e6} an hour`;
}
