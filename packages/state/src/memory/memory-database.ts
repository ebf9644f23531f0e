import type { AttachmentRow, DeploymentRow, EventRow, LeaseRow, NodeRow, TombstoneRow } from "@conduit/types";
import { Turns } from "../turns.ts";

/** The last lease of a namespace; without a holder once it was given back, since its fencing token must not come again. */
export type LastLease = Omit<LeaseRow, "holder"> & { readonly holder: string | undefined };

/** All rows of a store in memory. Rows are never changed in place. */
export interface MemoryTables {
  readonly deployments: Map<string, DeploymentRow>;
  readonly nodes: Map<string, NodeRow>;
  readonly attachments: Map<string, AttachmentRow>;
  readonly tombstones: Map<string, TombstoneRow>;
  readonly leases: Map<string, LastLease>;
  readonly events: readonly EventRow[];
}

/** Tables and who may write them: what several stores of one process share. */
export class MemoryDatabase {
  #tables: MemoryTables;
  readonly #turns = new Turns();

  /** @param tables - Those of another database that this one begins with. Default: empty ones. */
  constructor(tables: MemoryTables = emptyTables()) {
    this.#tables = tables;
  }

  /** All that was committed by now; later transactions make others of it. */
  get tables(): MemoryTables {
    return this.#tables;
  }

  /** Runs `body` on a copy of the tables when all earlier ones have ended; the copy that it returns counts from then on. */
  exclusively<T>(
    body: (copy: MemoryTables) => Promise<{ result: T; tables: MemoryTables }>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return this.#turns.take(async () => {
      const { result, tables } = await body(copyOf(this.#tables));
      this.#tables = tables;
      return result;
    }, signal);
  }
}

function emptyTables(): MemoryTables {
  return {
    deployments: new Map(),
    nodes: new Map(),
    attachments: new Map(),
    tombstones: new Map(),
    leases: new Map(),
    events: [],
  };
}

function copyOf(tables: MemoryTables): MemoryTables {
  return {
    deployments: new Map(tables.deployments),
    nodes: new Map(tables.nodes),
    attachments: new Map(tables.attachments),
    tombstones: new Map(tables.tombstones),
    leases: new Map(tables.leases),
    events: tables.events,
  };
}
