import type { CallOptions } from "../call-options.ts";
import type { AttachmentRow, DeploymentRow, EventRow, LeaseRow, NodeRow, TombstoneRow } from "./rows.ts";

/** Which events to list. Default: all. */
export interface EventFilter {
  readonly deploymentId?: string | undefined;
  /** Only those after the event of this id. */
  readonly afterId?: number | undefined;
  /** At most this many. Default: all. */
  readonly limit?: number | undefined;
  /** Which ones, where `limit` leaves some out; listed in the same order. Default `"oldest"`. */
  readonly keep?: "oldest" | "newest" | undefined;
}

/**
 * What a {@link StateStore.transaction} reads and writes; none of it counts before the transaction has committed. Lists start with
 * the oldest row; attachments come in no order. Numbers are whole and below 2^53; others are refused.
 */
export interface StateTransaction {
  /**
   * The store's own time in milliseconds since 1970, taken when the transaction began to run alone; leases and timestamps use no
   * other.
   */
  readonly nowMs: number;

  getDeployment(id: string): Promise<DeploymentRow | undefined>;
  findDeployment(namespace: string, key: string): Promise<DeploymentRow | undefined>;
  listDeployments(namespace?: string): Promise<readonly DeploymentRow[]>;
  /** Inserts or replaces. Without an endpoint key the row keeps the one that it has, also one that cannot be decrypted. */
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

  /** The lease of a namespace, also when it has run out; `undefined` where nobody has one. */
  getLease(namespace: string): Promise<LeaseRow | undefined>;
  /**
   * Takes the lease of a namespace with a new fencing token, where nobody has it, it has run out, or `holder` has it already;
   * `undefined` where another has it.
   */
  acquireLease(namespace: string, holder: string, durationMs: number): Promise<LeaseRow | undefined>;
  /**
   * Lets a lease last for `durationMs` from now on, even one that has run out if nobody has taken it since; `undefined` where
   * somebody has, or it was released. First in each transaction that writes under the lease, and before each effect elsewhere.
   */
  renewLease(
    lease: Pick<LeaseRow, "namespace" | "fencingToken">,
    durationMs: number,
  ): Promise<LeaseRow | undefined>;
  /** Gives a lease back; one that was lost is left alone. */
  releaseLease(lease: Pick<LeaseRow, "namespace" | "fencingToken">): Promise<void>;

  appendEvent(event: Omit<EventRow, "id" | "atMs">): Promise<void>;
  /** Ascending. */
  listEvents(filter?: EventFilter): Promise<readonly EventRow[]>;
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
   * may run more than once, so it has no effect but on the transaction; it waits for nothing else, other transactions least of
   * all. The signal counts until `body` runs.
   */
  transaction<T>(body: (transaction: StateTransaction) => Promise<T>, options?: CallOptions): Promise<T>;

  close(): Promise<void>;
}
