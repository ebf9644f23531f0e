import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { tellAll } from "./tell-all.ts";

/** What a program of a test has seen, for the test to look through: one file for each kind. */
export class Notes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  add(kind: string, value: unknown): void {
    const text = typeof value === "string" ? value : tellAll(value);
    appendFileSync(join(this.#folder, kind), `${text}\n`);
  }

  /** Notes what something fails with, which it has to. */
  async failure(what: string, doing: () => unknown): Promise<void> {
    try {
      await doing();
    } catch (error) {
      this.add("errors", `${what}:`);
      this.add("errors", error);
      return;
    }
    throw new Error(`expected ${what} to fail`);
  }
}
