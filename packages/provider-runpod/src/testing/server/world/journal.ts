import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonLines } from "./files.ts";

/** A request to a stand-in. */
export interface JournalEntry {
  readonly atMs: number;
  readonly pid: number;
  readonly method: string;
  readonly path: string;
  /** Id in the OpenAPI document, where it has the operation. */
  readonly operation?: string | undefined;
  /** Name of the pod that is created. */
  readonly name?: string | undefined;
  /** What the client was told; absent where it was told nothing, because the connection broke. */
  readonly status?: number | undefined;
  /** What is wrong with the request by the OpenAPI document, or with the stand-in's answer. */
  readonly violations?: readonly string[] | undefined;
}

/** All requests that any process has answered, in the order of the answers. */
export class Journal {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, "journal.jsonl");
  }

  append(entry: Omit<JournalEntry, "pid">): void {
    appendFileSync(this.#path, `${JSON.stringify({ ...entry, pid: process.pid })}\n`);
  }

  entries(): readonly JournalEntry[] {
    return readJsonLines(this.#path);
  }
}
