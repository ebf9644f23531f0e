import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Entry {
  readonly path: string;
  readonly write: (path: string) => void;
}

/** All that a folder held at some time. */
export class SavedFolder {
  readonly #entries: readonly Entry[];

  static of(folder: string): SavedFolder {
    return new SavedFolder([...entriesOf(folder, "")]);
  }

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** @param folder - One that there is not yet. */
  writeTo(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const { path, write } of this.#entries) write(join(folder, path));
  }
}

/** Folders before what they hold. */
function* entriesOf(folder: string, within: string): Generator<Entry> {
  for (const entry of readdirSync(join(folder, within), { withFileTypes: true })) {
    const path = join(within, entry.name);
    if (entry.isDirectory()) {
      yield { path, write: (to) => mkdirSync(to) };
      yield* entriesOf(folder, path);
    } else if (entry.isSymbolicLink()) {
      const target = readlinkSync(join(folder, path));
      yield { path, write: (to) => symlinkSync(target, to) };
    } else {
      const bytes = readFileSync(join(folder, path));
      yield { path, write: (to) => writeFileSync(to, bytes) };
    }
  }
}
