import { randomBytes } from "node:crypto";
import { type Files, readJsonLines } from "./files.ts";
import type { NodeHistory, NodeRecord, PowerChange } from "./node-record.ts";

const NODES = "nodes";
const RECORD_FILE = "node.json";
const POWER_FILE = "power.jsonl";
const END_FILE = "terminated";

/**
 * The nodes of a stand-in: a folder for each, which stays when the node has ended. Every change is one of the files, so that a process that
 * is killed leaves it made or not made.
 */
export class NodeFolders {
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  add(facts: Omit<NodeRecord, "id">): NodeHistory {
    const record = { id: `node-${randomBytes(6).toString("hex")}`, ...facts };
    this.#files.addFolder(this.folderOf(record.id), RECORD_FILE, JSON.stringify(record));
    return { record, power: [], terminatedAtMs: undefined };
  }

  get(id: string): NodeHistory | undefined {
    const folder = this.folderOf(id);
    const json = this.#files.read(`${folder}/${RECORD_FILE}`);
    if (json === undefined) return undefined;
    const record: NodeRecord = JSON.parse(json);
    const terminated = this.#files.readNote(`${folder}/${END_FILE}`);
    return {
      record,
      power: readJsonLines(this.#files, `${folder}/${POWER_FILE}`),
      terminatedAtMs: terminated === undefined ? undefined : Number(terminated),
    };
  }

  /** All nodes that there ever were, from the oldest on. */
  all(): NodeHistory[] {
    const found = this.#files.namesIn(NODES).map((id) => this.get(id));
    return found
      .filter((history) => history !== undefined)
      .sort((a, b) => a.record.createdAtMs - b.record.createdAtMs);
  }

  changePower(id: string, change: PowerChange): void {
    this.#files.appendLine(`${this.folderOf(id)}/${POWER_FILE}`, JSON.stringify(change));
  }

  terminate(id: string, atMs: number): void {
    this.#files.noteOnce(`${this.folderOf(id)}/${END_FILE}`, String(atMs));
  }

  /** Where a node's files are, and those of its program where it has one. */
  folderOf(id: string): string {
    return `${NODES}/${id}`;
  }
}
