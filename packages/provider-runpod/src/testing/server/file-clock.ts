import { renameSync, writeFileSync } from "node:fs";
import type { Clock } from "./clock.ts";
import { readIfPresent } from "./world/files.ts";

/** A clock that stands still until somebody moves it, with the time in a file, so that all processes that read it agree. */
export class FileClock implements Clock {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  nowMs(): number {
    return Number(readIfPresent(this.#path) ?? 0);
  }

  advance(durationMs: number): void {
    const temporary = `${this.#path}.${process.pid}`;
    writeFileSync(temporary, String(this.nowMs() + durationMs));
    renameSync(temporary, this.#path);
  }
}
