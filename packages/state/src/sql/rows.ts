import type {
  AttachmentRow,
  DeploymentRow,
  EventRow,
  JsonObject,
  LeaseRow,
  NodeRow,
  ReplicaScaling,
  TombstoneRow,
} from "@conduit/types";
import type { Selectable } from "kysely";
import type {
  AttachmentTable,
  DeploymentTable,
  EventTable,
  LeaseTable,
  NodeTable,
  TombstoneTable,
} from "./schema.ts";

export function deploymentColumns(row: DeploymentRow, sealedEndpointKey: string): DeploymentTable {
  return {
    id: row.id,
    namespace: row.namespace,
    key: row.key,
    runtime: row.runtime,
    type: row.type,
    provider: row.provider,
    scope: row.scope,
    image_digest: row.imageDigest ?? null,
    gpu: row.gpu ?? null,
    gpu_count: row.gpuCount,
    status: row.status,
    spec: JSON.stringify(row.spec),
    secret_names: row.secretNames === undefined ? null : JSON.stringify(row.secretNames),
    replicas: row.replicas,
    sealed_endpoint_key: sealedEndpointKey,
    keep: row.keep ? 1 : 0,
    idle_timeout_seconds: row.idleTimeoutSeconds,
    max_lifetime_seconds: row.maxLifetimeSeconds ?? null,
    drain_timeout_seconds: row.drainTimeoutSeconds ?? null,
    planned_price_micro_dollars_per_hour: row.plannedPriceMicroDollarsPerHour,
    actual_price_micro_dollars_per_hour: row.actualPriceMicroDollarsPerHour ?? null,
    scaling: row.scaling === undefined ? null : JSON.stringify(row.scaling),
    low_load_since_ms: row.lowLoadSinceMs ?? null,
    spent_micro_dollars: row.spentMicroDollars,
    failures: row.failures,
    last_error: row.lastError ?? null,
    created_at_ms: row.createdAtMs,
    updated_at_ms: row.updatedAtMs,
  };
}

export function deploymentRow(columns: DeploymentTable, endpointKey: string | undefined): DeploymentRow {
  return {
    id: columns.id,
    namespace: columns.namespace,
    key: columns.key,
    runtime: columns.runtime,
    type: columns.type,
    provider: columns.provider,
    scope: columns.scope,
    ...present({ imageDigest: columns.image_digest, gpu: columns.gpu }),
    gpuCount: columns.gpu_count,
    status: columns.status,
    spec: JSON.parse(columns.spec) as JsonObject,
    ...present({ secretNames: names(columns.secret_names) }),
    replicas: columns.replicas,
    endpointKey,
    keep: columns.keep !== 0,
    idleTimeoutSeconds: columns.idle_timeout_seconds,
    ...present({
      maxLifetimeSeconds: columns.max_lifetime_seconds,
      drainTimeoutSeconds: columns.drain_timeout_seconds,
    }),
    plannedPriceMicroDollarsPerHour: columns.planned_price_micro_dollars_per_hour,
    ...present({
      actualPriceMicroDollarsPerHour: columns.actual_price_micro_dollars_per_hour,
      lastError: columns.last_error,
      scaling: columns.scaling === null ? null : (JSON.parse(columns.scaling) as ReplicaScaling),
      lowLoadSinceMs: columns.low_load_since_ms,
    }),
    spentMicroDollars: columns.spent_micro_dollars,
    failures: columns.failures,
    createdAtMs: columns.created_at_ms,
    updatedAtMs: columns.updated_at_ms,
  };
}

export function nodeColumns(row: NodeRow): NodeTable {
  return {
    name: row.name,
    deployment_id: row.deploymentId,
    status: row.status,
    external_id: row.externalId ?? null,
    base_url: row.baseUrl ?? null,
    port_map: row.portMap === undefined ? null : JSON.stringify(row.portMap),
    attempts: row.attempts,
    creator_id: row.creatorId ?? null,
    offering_id: row.offeringId ?? null,
    planned_price_micro_dollars_per_hour: row.plannedPriceMicroDollarsPerHour,
    billed_since_ms: row.billedSinceMs ?? null,
    missing_since_ms: row.missingSinceMs ?? null,
    actual_price_micro_dollars_per_hour: row.actualPriceMicroDollarsPerHour ?? null,
    last_error: row.lastError ?? null,
    created_at_ms: row.createdAtMs,
    updated_at_ms: row.updatedAtMs,
  };
}

export function nodeRow(columns: NodeTable): NodeRow {
  return {
    name: columns.name,
    deploymentId: columns.deployment_id,
    status: columns.status,
    ...present({
      externalId: columns.external_id,
      baseUrl: columns.base_url,
      portMap: columns.port_map === null ? null : (JSON.parse(columns.port_map) as Record<string, number>),
      actualPriceMicroDollarsPerHour: columns.actual_price_micro_dollars_per_hour,
      lastError: columns.last_error,
      creatorId: columns.creator_id,
      offeringId: columns.offering_id,
      billedSinceMs: columns.billed_since_ms,
      missingSinceMs: columns.missing_since_ms,
    }),
    attempts: columns.attempts,
    plannedPriceMicroDollarsPerHour: columns.planned_price_micro_dollars_per_hour,
    createdAtMs: columns.created_at_ms,
    updatedAtMs: columns.updated_at_ms,
  };
}

export function attachmentColumns(row: AttachmentRow): AttachmentTable {
  return {
    id: row.id,
    deployment_id: row.deploymentId,
    host: row.host,
    pid: row.pid,
    process: row.process ?? null,
    outstanding: row.outstanding,
    nodes_in_use: row.nodesInUse === undefined ? null : JSON.stringify(row.nodesInUse),
    lease_expires_at_ms: row.leaseExpiresAtMs,
  };
}

export function attachmentRow(columns: AttachmentTable): AttachmentRow {
  return {
    id: columns.id,
    deploymentId: columns.deployment_id,
    host: columns.host,
    pid: columns.pid,
    ...present({ process: columns.process }),
    outstanding: columns.outstanding,
    ...present({ nodesInUse: names(columns.nodes_in_use) }),
    leaseExpiresAtMs: columns.lease_expires_at_ms,
  };
}

export function leaseRow(columns: LeaseTable): LeaseRow | undefined {
  if (columns.holder === null) return undefined;
  return {
    namespace: columns.namespace,
    holder: columns.holder,
    fencingToken: columns.fencing_token,
    expiresAtMs: columns.expires_at_ms,
  };
}

export function tombstoneColumns(row: TombstoneRow): TombstoneTable {
  return {
    node_name: row.nodeName,
    provider: row.provider,
    scope: row.scope,
    reason: row.reason,
    created_at_ms: row.createdAtMs,
  };
}

export function tombstoneRow(columns: TombstoneTable): TombstoneRow {
  return {
    nodeName: columns.node_name,
    provider: columns.provider,
    scope: columns.scope,
    reason: columns.reason,
    createdAtMs: columns.created_at_ms,
  };
}

export function eventColumns(event: Omit<EventRow, "id" | "atMs">, atMs: number): Omit<EventTable, "id"> {
  return {
    at_ms: atMs,
    actor: event.actor,
    action: event.action,
    deployment_id: event.deploymentId ?? null,
    node_name: event.nodeName ?? null,
    outcome: event.outcome,
    detail: event.detail ?? null,
  };
}

export function eventRow(columns: Selectable<EventTable>): EventRow {
  return {
    id: columns.id,
    atMs: columns.at_ms,
    actor: columns.actor,
    action: columns.action,
    ...present({ deploymentId: columns.deployment_id, nodeName: columns.node_name, detail: columns.detail }),
    outcome: columns.outcome,
  };
}

function names(json: string | null): readonly string[] | null {
  return json === null ? null : (JSON.parse(json) as string[]);
}

/** The fields that are not null. */
function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], null> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], null>;
  };
}
