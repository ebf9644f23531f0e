import type {
  ComputeProviderName,
  DeploymentStatus,
  DeploymentType,
  EventRow,
  NodeStatus,
  Runtime,
} from "@conduit/types";
import type { Generated } from "kysely";

/** The tables as the last migration leaves them. Times are milliseconds since 1970; booleans are 0 or 1; objects are JSON. */
export interface StateSchema {
  readonly conduit_migrations: { readonly id: number; readonly name: string; readonly applied_at_ms: number };
  /** One row. Each transaction locks it, so that all run one after another. */
  readonly conduit_store: { readonly id: string; readonly key_id: string | null };
  readonly conduit_deployments: DeploymentTable;
  readonly conduit_nodes: NodeTable;
  readonly conduit_attachments: AttachmentTable;
  readonly conduit_leases: LeaseTable;
  readonly conduit_tombstones: TombstoneTable;
  readonly conduit_events: EventTable;
  /** The last transactions that wrote something, by which one whose commit was not confirmed is found again. */
  readonly conduit_commits: { readonly id: string; readonly at_ms: number };
}

export interface DeploymentTable {
  readonly id: string;
  readonly namespace: string;
  readonly key: string;
  readonly runtime: Runtime;
  readonly type: DeploymentType;
  readonly provider: ComputeProviderName;
  readonly scope: string;
  readonly image_digest: string | null;
  readonly gpu: string | null;
  readonly gpu_count: number;
  readonly status: DeploymentStatus;
  readonly spec: string;
  readonly secret_names: string | null;
  readonly replicas: number;
  readonly sealed_endpoint_key: string;
  readonly keep: number;
  readonly idle_timeout_seconds: number;
  readonly max_lifetime_seconds: number | null;
  readonly drain_timeout_seconds: number | null;
  readonly planned_price_micro_dollars_per_hour: number;
  readonly actual_price_micro_dollars_per_hour: number | null;
  readonly scaling: string | null;
  readonly low_load_since_ms: number | null;
  readonly spent_micro_dollars: number;
  readonly failures: number;
  readonly last_error: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

export interface NodeTable {
  readonly name: string;
  readonly deployment_id: string;
  readonly status: NodeStatus;
  readonly external_id: string | null;
  readonly base_url: string | null;
  readonly port_map: string | null;
  readonly attempts: number;
  readonly creator_id: string | null;
  readonly offering_id: string | null;
  readonly planned_price_micro_dollars_per_hour: number;
  readonly billed_since_ms: number | null;
  readonly missing_since_ms: number | null;
  readonly actual_price_micro_dollars_per_hour: number | null;
  readonly last_error: string | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

export interface AttachmentTable {
  readonly id: string;
  readonly deployment_id: string;
  readonly host: string;
  readonly pid: number;
  readonly process: string | null;
  readonly outstanding: number;
  readonly nodes_in_use: string | null;
  readonly lease_expires_at_ms: number;
}

/** Without a holder once it was given back, since its fencing token must not come again. */
export interface LeaseTable {
  readonly namespace: string;
  readonly holder: string | null;
  readonly fencing_token: number;
  readonly expires_at_ms: number;
}

export interface TombstoneTable {
  readonly node_name: string;
  readonly provider: ComputeProviderName;
  readonly scope: string;
  readonly reason: string;
  readonly created_at_ms: number;
}

export interface EventTable {
  readonly id: Generated<number>;
  readonly at_ms: number;
  readonly actor: string;
  readonly action: string;
  readonly deployment_id: string | null;
  readonly node_name: string | null;
  readonly outcome: EventRow["outcome"];
  readonly detail: string | null;
}
