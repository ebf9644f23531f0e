import { randomBytes, randomInt } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn, noteOnce, readIfPresent, readJsonLines, readNote } from "./files.ts";
import type { PodHistory, PodRecord, PowerChange, Termination } from "./pod-record.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The pods of a stand-in on disk: a folder for each, which stays when the pod has ended. Every change is one call of the file system, so
 * that a process that is killed leaves it made or not made.
 */
export class PodFolders {
  readonly #pods: string;
  readonly #unfinished: string;

  constructor(directory: string) {
    this.#pods = join(directory, "pods");
    this.#unfinished = join(directory, "unfinished");
    mkdirSync(this.#pods, { recursive: true });
    mkdirSync(this.#unfinished, { recursive: true });
  }

  add(facts: Omit<PodRecord, "id" | "podKey">): PodHistory {
    const id = Array.from({ length: 14 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
    const record = { id, ...facts, podKey: `rpa_pod_${id}_${randomBytes(12).toString("hex")}` };
    const folder = join(this.#unfinished, id);
    mkdirSync(folder);
    writeFileSync(join(folder, "pod.json"), JSON.stringify(record));
    renameSync(folder, this.folderOf(id));
    return { record, power: [], terminated: undefined };
  }

  get(id: string): PodHistory | undefined {
    if (!/^[a-z0-9]+$/.test(id)) return undefined;
    const json = readIfPresent(join(this.folderOf(id), "pod.json"));
    if (json === undefined) return undefined;
    const record: PodRecord = JSON.parse(json);
    const note = readNote(join(this.folderOf(id), "terminated"));
    const terminated: Termination | undefined = note === undefined ? undefined : JSON.parse(note);
    return { record, power: readJsonLines(join(this.folderOf(id), "power.jsonl")), terminated };
  }

  /** All pods that there ever were, from the oldest on. */
  all(): PodHistory[] {
    const found = namesIn(this.#pods).map((id) => this.get(id));
    return found
      .filter((history) => history !== undefined)
      .sort((a, b) => a.record.createdAtMs - b.record.createdAtMs);
  }

  changePower(id: string, change: PowerChange): void {
    appendFileSync(join(this.folderOf(id), "power.jsonl"), `${JSON.stringify(change)}\n`);
  }

  terminate(id: string, termination: Termination): void {
    noteOnce(join(this.folderOf(id), "terminated"), JSON.stringify(termination));
  }

  folderOf(id: string): string {
    return join(this.#pods, id);
  }
}
