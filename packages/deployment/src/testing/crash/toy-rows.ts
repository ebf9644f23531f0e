import type { DeploymentRow, NodeRow } from "@conduit/types";

export const TOY_ID = "toy";
export const TOY_KEY = "0123456789abcdef";

export function toyDeployment(nowMs: number): DeploymentRow {
  return {
    id: TOY_ID,
    namespace: "default",
    key: TOY_KEY,
    runtime: "LM_LITE",
    type: "CONTAINER",
    provider: "RUNPOD",
    scope: "the account",
    gpuCount: 1,
    status: "DEPLOYED",
    spec: {},
    replicas: 1,
    endpointKey: "secret",
    keep: true,
    idleTimeoutSeconds: 0,
    plannedPriceMicroDollarsPerHour: 0,
    spentMicroDollars: 0,
    failures: 0,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

export function toyNode(name: string): NodeRow {
  return {
    name,
    deploymentId: TOY_ID,
    status: "PROVISIONING",
    attempts: 1,
    plannedPriceMicroDollarsPerHour: 400_000,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}
