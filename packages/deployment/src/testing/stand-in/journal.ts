import type { ComputeProvider } from "@conduit/types";
import { type Files, readJsonLines } from "./files.ts";

/** A call of a stand-in. */
export interface JournalEntry {
  readonly atMs: number;
  readonly pid: number;
  readonly call: keyof ComputeProvider;
  /** Name, id or prefix that the call is about. */
  readonly about?: string | undefined;
  /** What the caller was told. */
  readonly failure?: string | undefined;
}

const FILE = "journal.jsonl";

/** All calls that any process has made, in their order. */
export class Journal {
  readonly #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  append(entry: Omit<JournalEntry, "pid">): void {
    this.#files.appendLine(FILE, JSON.stringify({ ...entry, pid: process.pid }));
  }

  entries(): readonly JournalEntry[] {
    return readJsonLines(this.#files, FILE);
  }
}
