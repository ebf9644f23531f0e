import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { ComputeProvider } from "@conduit/types";
import { readJsonLines } from "./files.ts";

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

/** All calls that any process has made, in their order. */
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
