import type { JsonObject } from "../json.ts";
import type { ComputeProviderName, DeploymentStatus, DeploymentType, NodeStatus, Runtime } from "../names.ts";

/** A deployment: what should run. Times are milliseconds since 1970 by the store's clock. */
export interface DeploymentRow {
  readonly id: string;
  readonly namespace: string;
  /** Hash, in hexadecimal digits, of everything that decides what runs. Unique within a namespace. */
  readonly key: string;
  readonly runtime: Runtime;
  readonly type: DeploymentType;
  readonly provider: ComputeProviderName;
  /** {@link ComputeProvider.scope} at the time of the intent. */
  readonly scope: string;
  readonly status: DeploymentStatus;
  /** The workload without its secrets, and the offering. */
  readonly spec: JsonObject;
  readonly replicas: number;
  /** Bearer key that every node's endpoint demands. */
  readonly endpointKey: string;
  readonly keep: boolean;
  readonly idleTimeoutSeconds: number;
  readonly maxLifetimeSeconds?: number | undefined;
  readonly plannedPriceMicroDollarsPerHour: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A node: one attempt at a machine. The row is written before the provider is asked. */
export interface NodeRow {
  /** See {@link formatNodeName}. */
  readonly name: string;
  readonly deploymentId: string;
  readonly status: NodeStatus;
  /** The provider's id, once it is known. */
  readonly externalId?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly actualPriceMicroDollarsPerHour?: number | undefined;
  readonly lastError?: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A process that uses a deployment, for as long as it renews its lease. */
export interface AttachmentRow {
  readonly id: string;
  readonly deploymentId: string;
  readonly host: string;
  readonly pid: number;
  readonly leaseExpiresAtMs: number;
}

/** A node's name that was given up and may still turn up at the provider. */
export interface TombstoneRow {
  readonly nodeName: string;
  readonly provider: ComputeProviderName;
  readonly scope: string;
  readonly reason: string;
  readonly createdAtMs: number;
}

/** Who did what, when, with which result. Never changed, never removed. */
export interface EventRow {
  /** Ascending. */
  readonly id: number;
  readonly atMs: number;
  /** Host and process id. */
  readonly actor: string;
  /** Noun-verb, such as `node-create`. */
  readonly action: string;
  readonly deploymentId?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly outcome: "intent" | "done" | "failed";
  readonly detail?: string | undefined;
}
