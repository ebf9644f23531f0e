import type { DeploymentRow } from "@conduit/types";

/** A deployment as reports have it, which people print: without its endpoint key. */
export type DeploymentSummary = Omit<DeploymentRow, "endpointKey">;

export function summaryOf({ endpointKey: _, ...summary }: DeploymentRow): DeploymentSummary {
  return summary;
}
