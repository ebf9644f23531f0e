import type { ComputeProvider, ComputeProviderName, JsonObject, ProviderNode, Runtime } from "@conduit/types";
import { DEPLOYMENT_VARIABLE, parseLabel } from "../deployment-label.ts";

/** A node that another store's programs have created, and that this store has not adopted. */
export interface ForeignNode {
  readonly name: string;
  readonly id: string;
  readonly provider: ComputeProviderName;
  readonly status: ProviderNode["status"];
  readonly priceMicroDollarsPerHour?: number | undefined;
  /** Milliseconds since 1970 by the provider's clock. */
  readonly createdAtMs?: number | undefined;
  /** What it runs, where it and the provider tell. */
  readonly deployment?: ForeignDeployment | undefined;
}

/** What a node of another store says of its deployment. */
export interface ForeignDeployment {
  readonly namespace: string;
  readonly runtime: Runtime;
  /** The workload without its secrets. */
  readonly spec: JsonObject;
}

/** A node with who lends it. */
export interface FoundNode {
  readonly provider: ComputeProvider;
  readonly node: ProviderNode;
}

/** The node as a report has it. */
export async function describeForeign({ provider, node }: FoundNode): Promise<ForeignNode> {
  const { name, id, status, priceMicroDollarsPerHour, createdAtMs, env } = node;
  const label = await parseLabel(env?.[DEPLOYMENT_VARIABLE] ?? "");
  return {
    name,
    id,
    provider: provider.name,
    status,
    priceMicroDollarsPerHour,
    createdAtMs,
    deployment: label && { namespace: label.namespace, runtime: label.runtime, spec: label.spec },
  };
}
