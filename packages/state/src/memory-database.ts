import type { AttachmentRow, DeploymentRow, EventRow, NodeRow, TombstoneRow } from "@conduit/types";

/** All rows of a store in memory. Rows are never changed in place. */
export interface MemoryTables {
  readonly deployments: Map<string, DeploymentRow>;
  readonly nodes: Map<string, NodeRow>;
  readonly attachments: Map<string, AttachmentRow>;
  readonly tombstones: Map<string, TombstoneRow>;
  readonly events: readonly EventRow[];
}

/** Tables and who may write them: what several stores of one process share. */
export class MemoryDatabase {
  #tables: MemoryTables = {
    deployments: new Map(),
    nodes: new Map(),
    attachments: new Map(),
    tombstones: new Map(),
    events: [],
  };
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `body` on a copy of the tables when all earlier ones have ended; the copy that it returns counts from then on. */
  exclusively<T>(body: (copy: MemoryTables) => Promise<{ result: T; tables: MemoryTables }>): Promise<T> {
    const run = this.#last.then(async () => {
      const { result, tables } = await body(copyOf(this.#tables));
      this.#tables = tables;
      return result;
    });
    this.#last = run.catch(() => {});
    return run;
  }
}

function copyOf(tables: MemoryTables): MemoryTables {
  return {
    deployments: new Map(tables.deployments),
    nodes: new Map(tables.nodes),
    attachments: new Map(tables.attachments),
    tombstones: new Map(tables.tombstones),
    events: tables.events,
  };
}
