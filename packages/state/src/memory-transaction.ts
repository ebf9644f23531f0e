import type {
  AttachmentRow,
  DeploymentRow,
  EventRow,
  NodeRow,
  StateTransaction,
  TombstoneRow,
} from "@conduit/types";
import type { MemoryTables } from "./memory-database.ts";
import { StateConflictError, StateStoreClosedError } from "./state-error.ts";

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
    return select(this.#use().deployments, (row) => namespace === undefined || row.namespace === namespace);
  }

  async putDeployment(row: DeploymentRow): Promise<void> {
    const { deployments } = this.#use();
    for (const other of deployments.values()) {
      if (other.id === row.id || other.namespace !== row.namespace || other.key !== row.key) continue;
      throw new StateConflictError(
        `expected at most one deployment of key ${row.key} in namespace "${row.namespace}", but found ${other.id} beside ${row.id}`,
      );
    }
    deployments.set(row.id, structuredClone(row));
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
    return select(this.#use().nodes, (row) => row.deploymentId === deploymentId);
  }

  async putNode(row: NodeRow): Promise<void> {
    this.#requireDeployment(row.deploymentId, `node ${row.name}`);
    this.#use().nodes.set(row.name, structuredClone(row));
  }

  async removeNode(name: string): Promise<void> {
    this.#use().nodes.delete(name);
  }

  async listAttachments(deploymentId: string): Promise<readonly AttachmentRow[]> {
    return select(this.#use().attachments, (row) => row.deploymentId === deploymentId);
  }

  async putAttachment(row: AttachmentRow): Promise<void> {
    this.#requireDeployment(row.deploymentId, `attachment ${row.id}`);
    this.#use().attachments.set(row.id, structuredClone(row));
  }

  async removeAttachment(id: string): Promise<void> {
    this.#use().attachments.delete(id);
  }

  async listTombstones(): Promise<readonly TombstoneRow[]> {
    return select(this.#use().tombstones, () => true);
  }

  async putTombstone(row: TombstoneRow): Promise<void> {
    this.#use().tombstones.set(row.nodeName, structuredClone(row));
  }

  async removeTombstone(nodeName: string): Promise<void> {
    this.#use().tombstones.delete(nodeName);
  }

  async appendEvent(event: Omit<EventRow, "id" | "atMs">): Promise<void> {
    const id = this.#use().events.length + this.#newEvents.length + 1;
    this.#newEvents.push({ ...structuredClone(event), id, atMs: this.nowMs });
  }

  async listEvents(deploymentId?: string): Promise<readonly EventRow[]> {
    return structuredClone(
      [...this.#use().events, ...this.#newEvents].filter(
        (event) => deploymentId === undefined || event.deploymentId === deploymentId,
      ),
    );
  }

  #use(): MemoryTables {
    if (!this.#open) throw new StateStoreClosedError("transaction");
    return this.#tables;
  }

  #requireDeployment(id: string, what: string): void {
    if (this.#use().deployments.has(id)) return;
    throw new StateConflictError(
      `expected ${what} to belong to a deployment, but there is none with id ${id}`,
    );
  }
}

function select<Row>(rows: ReadonlyMap<string, Row>, predicate: (row: Row) => boolean): Row[] {
  return structuredClone([...rows.values()].filter(predicate));
}
