import {
  type ComputeOffering,
  type DeploymentRow,
  type NodeRow,
  type ProviderNode,
  parseNodeName,
} from "@conduit/types";
import type { Observation } from "./observation.ts";

/** All that a decision about one deployment rests on. */
export interface Facts {
  /** The store's time. */
  readonly nowMs: number;
  readonly deployment: DeploymentRow;
  readonly nodes: readonly NodeRow[];
  readonly observation: Observation;
  /** Attachments whose process lives, as far as anybody knows. */
  readonly attachmentIds: ReadonlySet<string>;
  /** The one of the process that decides, where it has one. */
  readonly ownAttachmentId: string | undefined;
  readonly visibilityWindowMs: number;
  /** Whether nodes can be stopped and started again. */
  readonly canStop: boolean;
  /** Requests that all living processes have under way or waiting, as they last said. */
  readonly outstanding: number;
  /** Whether somebody needs running nodes now. */
  readonly wanted: boolean;
  /** How to create nodes, for who knows all of what they run. */
  readonly creation: NodeCreation | undefined;
  /** Names of nodes that still answer requests of this process. */
  readonly busy: ReadonlySet<string>;
  /** Names of nodes that other living processes may send requests to, or that answer some of theirs, as they last said. */
  readonly nodesInUse: ReadonlySet<string>;
}

/** How rows of new nodes come about. */
export interface NodeCreation {
  /** Attachment of the process that creates them. */
  readonly attachmentId: string;
  /** A name that was never used. */
  readonly newName: () => string;
  /** Machine for the next node; none where all have been refused. */
  readonly offering:
    | Pick<ComputeOffering, "id" | "gpu" | "gpuCount" | "priceMicroDollarsPerHour">
    | undefined;
}

/** A row as it shall be, and what to note of that. */
export interface RowChange {
  readonly row: NodeRow;
  readonly event?: string | undefined;
  readonly detail?: string | undefined;
}

/** A row that goes. */
export interface Farewell {
  readonly row: NodeRow;
  readonly reason: string;
  /** Whether the node may still turn up. */
  readonly tombstone: boolean;
}

/** Something to ask the provider for. */
export type Effect =
  | { readonly kind: "create"; readonly row: NodeRow }
  | { readonly kind: "start" | "stop" | "terminate"; readonly row: NodeRow; readonly id: string };

export interface Decision {
  /** The deployment as it shall be; `undefined` when it goes. */
  readonly deployment: DeploymentRow | undefined;
  readonly changes: readonly RowChange[];
  readonly farewells: readonly Farewell[];
  readonly effects: readonly Effect[];
  /** Whether something has yet to happen that only time brings. */
  readonly waiting: boolean;
}

/** Whether the deployment is to have running nodes. */
export function wantsNodes({ status }: DeploymentRow): boolean {
  return status === "DEPLOYING" || status === "DEPLOYED";
}

/** Whether a node runs what the deployment is now, and not what it was before an update. */
export function isCurrent({ key }: DeploymentRow, { name }: Pick<NodeRow, "name">): boolean {
  return parseNodeName(name)?.key8 === key.slice(0, 8);
}

/** Whether the provider says that the node is there, or soon will be. */
export function lives(node: ProviderNode | undefined): node is ProviderNode {
  return node?.status === "running" || node?.status === "creating";
}

/** What a node has cost since its bill began. */
export function billedMicroDollars(row: NodeRow, nowMs: number): number {
  if (row.billedSinceMs === undefined) return 0;
  const price = row.actualPriceMicroDollarsPerHour ?? row.plannedPriceMicroDollarsPerHour;
  return Math.round((price * Math.max(0, nowMs - row.billedSinceMs)) / 3_600_000);
}
