import type {
  AttachmentRow,
  DeploymentRow,
  EventFilter,
  EventRow,
  LeaseRow,
  NodeRow,
  StateTransaction,
  TombstoneRow,
} from "@conduit/types";
import { requireWholeNumbers } from "../require-whole-numbers.ts";
import {
  duplicateKeyError,
  missingDeploymentError,
  missingEndpointKeyError,
  StateStoreClosedError,
} from "../state-error.ts";
import {
  storableAttachment,
  storableDeployment,
  storableEvent,
  storableNode,
  storableTombstone,
} from "../storable-row.ts";
import type { MemoryTables } from "./memory-database.ts";

/** A transaction on its own copy of the tables. Rows are cloned on their way in and out, as a database would. */
export class MemoryTransaction implements StateTransaction {
  readonly nowMs: number;
  #open = true;
  readonly #tables: MemoryTables;
  readonly #newEvents: EventRow[] = [];

  constructor(copy: MemoryTables, nowMs: number) {
    this.#tables = copy;
    this.nowMs = nowMs;
  }

  /** Ends the transaction and returns the tables as it leaves them. */
  end(): MemoryTables {
    const tables = this.#use();
    this.#open = false;
    return this.#newEvents.length === 0
      ? tables
      : { ...tables, events: [...tables.events, ...this.#newEvents] };
  }

  /** Ends the transaction; what it wrote does not count. */
  abandon(): void {
    this.#open = false;
  }

  async getDeployment(id: string): Promise<DeploymentRow | undefined> {
    return structuredClone(this.#use().deployments.get(id));
  }

  async findDeployment(namespace: string, key: string): Promise<DeploymentRow | undefined> {
    const [row] = select(this.#use().deployments, (each) => each.namespace === namespace && each.key === key);
    return row;
  }

  async listDeployments(namespace?: string): Promise<readonly DeploymentRow[]> {
    const { deployments } = this.#use();
    return oldestFirst(
      select(deployments, (row) => namespace === undefined || row.namespace === namespace),
      ({ id }) => id,
    );
  }

  async putDeployment(row: DeploymentRow): Promise<void> {
    const { deployments } = this.#use();
    for (const other of deployments.values()) {
      if (other.id === row.id || other.namespace !== row.namespace || other.key !== row.key) continue;
      throw duplicateKeyError(row, other.id);
    }
    const endpointKey = row.endpointKey ?? deployments.get(row.id)?.endpointKey;
    if (endpointKey === undefined) throw missingEndpointKeyError(row);
    deployments.set(row.id, structuredClone(storableDeployment({ ...row, endpointKey })));
  }

  async removeDeployment(id: string): Promise<void> {
    const { deployments, nodes, attachments } = this.#use();
    deployments.delete(id);
    for (const node of nodes.values()) if (node.deploymentId === id) nodes.delete(node.name);
    for (const attachment of attachments.values()) {
      if (attachment.deploymentId === id) attachments.delete(attachment.id);
    }
  }

  async getNode(name: string): Promise<NodeRow | undefined> {
    return structuredClone(this.#use().nodes.get(name));
  }

  async listNodes(deploymentId: string): Promise<readonly NodeRow[]> {
    return oldestFirst(
      select(this.#use().nodes, (row) => row.deploymentId === deploymentId),
      ({ name }) => name,
    );
  }

  async putNode(row: NodeRow): Promise<void> {
    this.#requireDeployment(row.deploymentId, `node ${row.name}`);
    this.#use().nodes.set(row.name, structuredClone(storableNode(row)));
  }

  async removeNode(name: string): Promise<void> {
    this.#use().nodes.delete(name);
  }

  async listAttachments(deploymentId: string): Promise<readonly AttachmentRow[]> {
    return select(this.#use().attachments, (row) => row.deploymentId === deploymentId);
  }

  async putAttachment(row: AttachmentRow): Promise<void> {
    this.#requireDeployment(row.deploymentId, `attachment ${row.id}`);
    this.#use().attachments.set(row.id, structuredClone(storableAttachment(row)));
  }

  async removeAttachment(id: string): Promise<void> {
    this.#use().attachments.delete(id);
  }

  async listTombstones(): Promise<readonly TombstoneRow[]> {
    return oldestFirst(
      select(this.#use().tombstones, () => true),
      ({ nodeName }) => nodeName,
    );
  }

  async putTombstone(row: TombstoneRow): Promise<void> {
    this.#use().tombstones.set(row.nodeName, structuredClone(storableTombstone(row)));
  }

  async removeTombstone(nodeName: string): Promise<void> {
    this.#use().tombstones.delete(nodeName);
  }

  async getLease(namespace: string): Promise<LeaseRow | undefined> {
    const last = this.#use().leases.get(namespace);
    return last?.holder === undefined ? undefined : { ...last, holder: last.holder };
  }

  async acquireLease(namespace: string, holder: string, durationMs: number): Promise<LeaseRow | undefined> {
    requireWholeNumbers("a lease", { durationMs });
    const { leases } = this.#use();
    const last = leases.get(namespace);
    const isTaken = last?.holder !== undefined && last.holder !== holder && last.expiresAtMs > this.nowMs;
    if (isTaken) return undefined;
    const fencingToken = (last?.fencingToken ?? 0) + 1;
    const lease: LeaseRow = { namespace, holder, fencingToken, expiresAtMs: this.nowMs + durationMs };
    leases.set(namespace, lease);
    return { ...lease };
  }

  async renewLease(
    { namespace, fencingToken }: Pick<LeaseRow, "namespace" | "fencingToken">,
    durationMs: number,
  ): Promise<LeaseRow | undefined> {
    requireWholeNumbers("a lease", { durationMs });
    const held = await this.getLease(namespace);
    if (held?.fencingToken !== fencingToken) return undefined;
    const lease = { ...held, expiresAtMs: this.nowMs + durationMs };
    this.#use().leases.set(namespace, lease);
    return { ...lease };
  }

  async releaseLease({
    namespace,
    fencingToken,
  }: Pick<LeaseRow, "namespace" | "fencingToken">): Promise<void> {
    const { leases } = this.#use();
    const last = leases.get(namespace);
    if (last?.fencingToken === fencingToken) leases.set(namespace, { ...last, holder: undefined });
  }

  async appendEvent(event: Omit<EventRow, "id" | "atMs">): Promise<void> {
    const id = this.#use().events.length + this.#newEvents.length + 1;
    this.#newEvents.push({ ...structuredClone(storableEvent(event)), id, atMs: this.nowMs });
  }

  async listEvents(filter: EventFilter = {}): Promise<readonly EventRow[]> {
    const { deploymentId, afterId = 0, limit, keep = "oldest" } = filter;
    requireWholeNumbers("the filter of events", { afterId, limit });
    const events = [...this.#use().events, ...this.#newEvents].filter(
      (event) => event.id > afterId && (deploymentId === undefined || event.deploymentId === deploymentId),
    );
    const left = limit === undefined ? 0 : Math.max(0, events.length - limit);
    return structuredClone(keep === "oldest" ? events.slice(0, limit) : events.slice(left));
  }

  #use(): MemoryTables {
    if (!this.#open) throw new StateStoreClosedError("transaction");
    return this.#tables;
  }

  #requireDeployment(id: string, what: string): void {
    if (!this.#use().deployments.has(id)) throw missingDeploymentError(what, id);
  }
}

function select<Row>(rows: ReadonlyMap<string, Row>, predicate: (row: Row) => boolean): Row[] {
  return structuredClone([...rows.values()].filter(predicate));
}

function oldestFirst<Row extends { readonly createdAtMs: number }>(
  rows: Row[],
  identity: (row: Row) => string,
): Row[] {
  return rows.sort((a, b) => a.createdAtMs - b.createdAtMs || (identity(a) < identity(b) ? -1 : 1));
}
