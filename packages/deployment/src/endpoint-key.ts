import type { DeploymentRow } from "@conduit/types";
import { UnreadableDeploymentError } from "./deployment-error.ts";

/** @throws UnreadableDeploymentError */
export function endpointKeyOf({ id, endpointKey }: DeploymentRow): string {
  if (endpointKey === undefined) throw new UnreadableDeploymentError(id);
  return endpointKey;
}

/** Whether nothing is to be done with a deployment but to end it on purpose. */
export function isUnreadable({ endpointKey, status }: DeploymentRow): boolean {
  return endpointKey === undefined && status !== "DELETING";
}
