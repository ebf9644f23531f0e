import type { AttachmentRow, DeploymentRow, NodeRow, TombstoneRow } from "@conduit/types";

export function deployment(id: string): DeploymentRow {
  return {
    id,
    namespace: "default",
    key: `key of ${id}`,
    runtime: "LM_LITE",
    type: "PROCESS",
    provider: "LOCAL",
    scope: "this machine",
    gpuCount: 0,
    status: "DEPLOYING",
    spec: {},
    replicas: 1,
    endpointKey: "secret",
    keep: false,
    idleTimeoutSeconds: 0,
    plannedPriceMicroDollarsPerHour: 0,
    spentMicroDollars: 0,
    failures: 0,
    createdAtMs: 1,
    updatedAtMs: 1,
  };
}

export function node(name: string, deploymentId: string): NodeRow {
  return {
    name,
    deploymentId,
    status: "PROVISIONING",
    attempts: 1,
    plannedPriceMicroDollarsPerHour: 0,
    createdAtMs: 1,
    updatedAtMs: 1,
  };
}

export function attachmentOf(id: string, deploymentId: string): AttachmentRow {
  return {
    id,
    deploymentId,
    host: "host",
    pid: 1,
    process: "host 1 since yesterday",
    outstanding: 3,
    leaseExpiresAtMs: 5,
  };
}

export function tombstone(nodeName: string): TombstoneRow {
  return { nodeName, provider: "LOCAL", scope: "here", reason: "lost", createdAtMs: 1 };
}
