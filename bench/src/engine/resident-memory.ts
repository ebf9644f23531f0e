import { readFileSync } from "node:fs";

/** What a process holds of the machine's memory, in bytes. */
export interface ResidentMemory {
  /** All that is mapped and present, files included. */
  readonly residentBytes: number;
  /** The same, with pages that several processes share divided among them. */
  readonly proportionalBytes: number;
  /** What no file stands behind. */
  readonly anonymousBytes: number;
}

/** Reads it from `/proc`, so on Linux only. */
export function residentMemory(processId: number): ResidentMemory {
  const text = readFileSync(`/proc/${processId}/smaps_rollup`, "utf8");
  const bytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
    if (kibibytes === undefined) throw new Error(`expected ${field} in smaps_rollup, found\n${text}`);
    return 1_024 * Number(kibibytes);
  };
  return {
    residentBytes: bytes("Rss"),
    proportionalBytes: bytes("Pss"),
    anonymousBytes: bytes("Anonymous"),
  };
}
