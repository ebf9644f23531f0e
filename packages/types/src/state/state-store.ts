import type { CallOptions } from "../call-options.ts";
import type { AttachmentRow, DeploymentRow, EventRow, NodeRow, TombstoneRow } from "./rows.ts";

/** What a {@link StateStore.transaction} reads and writes; none of it counts before the transaction has committed. */
export interface StateTransaction {
  /** The store's own time in milliseconds since 1970; leases and timestamps use no other. */
  readonly nowMs: number;

  getDeployment(id: string): Promise<DeploymentRow | undefined>;
  findDeployment(namespace: string, key: string): Promise<DeploymentRow | undefined>;
  listDeployments(namespace?: string): Promise<readonly DeploymentRow[]>;
  /** Inserts or replaces. */
  putDeployment(row: DeploymentRow): Promise<void>;
  /** Also removes its nodes and attachments. */
  removeDeployment(id: string): Promise<void>;

  getNode(name: string): Promise<NodeRow | undefined>;
  listNodes(deploymentId: string): Promise<readonly NodeRow[]>;
  /** Inserts or replaces. */
  putNode(row: NodeRow): Promise<void>;
  removeNode(name: string): Promise<void>;

  /** Also those whose lease is over. */
  listAttachments(deploymentId: string): Promise<readonly AttachmentRow[]>;
  /** Inserts or replaces. */
  putAttachment(row: AttachmentRow): Promise<void>;
  removeAttachment(id: string): Promise<void>;

  listTombstones(): Promise<readonly TombstoneRow[]>;
  putTombstone(row: TombstoneRow): Promise<void>;
  removeTombstone(nodeName: string): Promise<void>;

  appendEvent(event: Omit<EventRow, "id" | "atMs">): Promise<void>;
  /** Ascending. */
  listEvents(deploymentId?: string): Promise<readonly EventRow[]>;
}

/**
 * Where Conduit remembers what it asked providers for. Intent is written before any paid call, so that a crash at any instruction leaves a
 * row that says what to look for.
 */
export interface StateStore extends AsyncDisposable {
  /** The store's UUID, made once; part of every node's name. */
  storeId(options?: CallOptions): Promise<string>;

  /**
   * Runs `body` alone, as if no other transaction ran at the same time, and commits what it wrote; a throw undoes it all. `body`
   * may run more than once, so it has no effect but on the transaction.
   */
  transaction<T>(body: (transaction: StateTransaction) => Promise<T>, options?: CallOptions): Promise<T>;

  close(): Promise<void>;
}
