import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn, noteOnce, readIfPresent, readJsonLines, readNote } from "./files.ts";
import type { NodeHistory, NodeRecord, PowerChange } from "./node-record.ts";

/**
 * The nodes of a stand-in on disk: a folder for each, which stays when the node has ended. Every change is one call of the file
 * system, so that a process that is killed leaves it made or not made.
 */
export class NodeFolders {
  readonly #nodes: string;
  readonly #unfinished: string;

  constructor(directory: string) {
    this.#nodes = join(directory, "nodes");
    this.#unfinished = join(directory, "unfinished");
    mkdirSync(this.#nodes, { recursive: true });
    mkdirSync(this.#unfinished, { recursive: true });
  }

  add(facts: Omit<NodeRecord, "id">): NodeHistory {
    const record = { id: `node-${randomBytes(6).toString("hex")}`, ...facts };
    const folder = join(this.#unfinished, record.id);
    mkdirSync(folder);
    writeFileSync(join(folder, "node.json"), JSON.stringify(record));
    renameSync(folder, this.folderOf(record.id));
    return { record, power: [], terminatedAtMs: undefined };
  }

  get(id: string): NodeHistory | undefined {
    const json = readIfPresent(join(this.folderOf(id), "node.json"));
    if (json === undefined) return undefined;
    const record: NodeRecord = JSON.parse(json);
    const terminated = readNote(join(this.folderOf(id), "terminated"));
    return {
      record,
      power: readJsonLines(join(this.folderOf(id), "power.jsonl")),
      terminatedAtMs: terminated === undefined ? undefined : Number(terminated),
    };
  }

  /** All nodes that there ever were, from the oldest on. */
  all(): NodeHistory[] {
    const found = namesIn(this.#nodes).map((id) => this.get(id));
    return found
      .filter((history) => history !== undefined)
      .sort((a, b) => a.record.createdAtMs - b.record.createdAtMs);
  }

  changePower(id: string, change: PowerChange): void {
    appendFileSync(join(this.folderOf(id), "power.jsonl"), `${JSON.stringify(change)}\n`);
  }

  terminate(id: string, atMs: number): void {
    noteOnce(join(this.folderOf(id), "terminated"), String(atMs));
  }

  folderOf(id: string): string {
    return join(this.#nodes, id);
  }
}
