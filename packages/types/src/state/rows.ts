import type { JsonObject } from "../json.ts";
import type { ComputeProviderName, DeploymentStatus, DeploymentType, NodeStatus, Runtime } from "../names.ts";

/** How many nodes a deployment has as its load changes. */
export interface ReplicaScaling {
  /** Fewest nodes; with 0 a deployment without requests has none. */
  readonly min: number;
  readonly max: number;
  /** Requests under way and waiting that one node is there for. */
  readonly targetOutstanding: number;
}

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
  /** Digest of the image that the nodes run, once it is known. */
  readonly imageDigest?: string | undefined;
  /** {@link ComputeOffering.gpu} of the machine that was asked for last. */
  readonly gpu?: string | undefined;
  /** Of one node. */
  readonly gpuCount: number;
  readonly status: DeploymentStatus;
  /** The workload without its secrets, and the offering. */
  readonly spec: JsonObject;
  /** Names of the workload's secrets, where the program that wrote `spec` has told them; their values are in no row. */
  readonly secretNames?: readonly string[] | undefined;
  /** Nodes that are wanted now. */
  readonly replicas: number;
  /** How `replicas` follows the load; absent where it does not. */
  readonly scaling?: ReplicaScaling | undefined;
  /** Since when fewer nodes would do. */
  readonly lowLoadSinceMs?: number | undefined;
  /**
   * Bearer key that every node's endpoint demands. Stores that outlive the process keep it encrypted; `undefined` where it cannot be
   * decrypted, which is no reason not to know of the deployment.
   */
  readonly endpointKey: string | undefined;
  readonly keep: boolean;
  readonly idleTimeoutSeconds: number;
  readonly maxLifetimeSeconds?: number | undefined;
  /** Longest time in seconds that a node which others replace has for the requests that it answers. Default 300. */
  readonly drainTimeoutSeconds?: number | undefined;
  /** Of one node, on the machine that was asked for last. */
  readonly plannedPriceMicroDollarsPerHour: number;
  /** Of all nodes together, once the provider states it. */
  readonly actualPriceMicroDollarsPerHour?: number | undefined;
  /** What nodes that are gone, and earlier runs of those that were stopped, have cost. */
  readonly spentMicroDollars: number;
  /** Nodes that failed since one was ready last; too many end the deployment. */
  readonly failures: number;
  /** Why the deployment failed, or its last node did. */
  readonly lastError?: string | undefined;
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
  /** Base URL of the workload's first port, without a trailing slash. */
  readonly baseUrl?: string | undefined;
  /** Published port of each port of the workload, by its name. */
  readonly portMap?: Readonly<Record<string, number>> | undefined;
  /** How often the provider was asked to create or start it. */
  readonly attempts: number;
  /** Attachment of the process that asks the provider for the node; without one, nobody does any more. */
  readonly creatorId?: string | undefined;
  /** {@link ComputeOffering.id} of the machine. */
  readonly offeringId?: string | undefined;
  readonly plannedPriceMicroDollarsPerHour: number;
  /** Since when it costs money without a break; absent while it does not. */
  readonly billedSinceMs?: number | undefined;
  /** Since when the provider says that there is no such node; absent while it is there. */
  readonly missingSinceMs?: number | undefined;
  readonly actualPriceMicroDollarsPerHour?: number | undefined;
  readonly lastError?: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A process that uses a deployment, for as long as it renews its lease, which is over at {@link StateTransaction.nowMs}. */
export interface AttachmentRow {
  readonly id: string;
  readonly deploymentId: string;
  readonly host: string;
  readonly pid: number;
  /** Tells the process from all others, where the system can; who finds that it has ended need not wait for the lease. */
  readonly process?: string | undefined;
  /** Requests that the process has under way or waiting. */
  readonly outstanding: number;
  /** Names of nodes to which the process may still send requests, or that answer some of it; absent where it does not say. */
  readonly nodesInUse?: readonly string[] | undefined;
  readonly leaseExpiresAtMs: number;
}

/**
 * The right to act on a namespace, which one holder has at a time.
 *
 * Whoever was suspended past the end of a lease goes on unaware of it; so each step under a lease begins with
 * {@link StateTransaction.renewLease}.
 */
export interface LeaseRow {
  readonly namespace: string;
  /** Unique to whoever acts under the lease. */
  readonly holder: string;
  /** Ascends with each holder of the namespace and is never used again. */
  readonly fencingToken: number;
  readonly expiresAtMs: number;
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
