import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** The time that the file holds; `undefined` where there is none yet. */
export function readClockFile(path: string): number | undefined {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whoever reads meanwhile finds the old time or the new one. */
export function writeClockFile(path: string, nowMs: number): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, String(nowMs));
  renameSync(temporary, path);
}
