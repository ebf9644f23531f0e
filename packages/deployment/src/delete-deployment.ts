import type { CallOptions } from "@conduit/types";
import type { DeploymentPlan } from "./deployment-plan.ts";
import { listOwnNodes } from "./node-survey.ts";
import type { Records } from "./records.ts";

/** Ends all nodes of a deployment and forgets it. What a crash or a failure leaves undone, the next call does. */
export async function deleteDeployment(
  plan: DeploymentPlan,
  records: Records,
  id: string,
  options: CallOptions,
): Promise<void> {
  await records.deleting(id, options);
  const nodes = await listOwnNodes(plan, options);
  await Promise.all(nodes.map((node) => plan.request.provider.terminateNode(node.id, options)));
  await records.removed(id);
}
