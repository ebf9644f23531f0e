import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Files } from "./files.ts";

/** Where folders are made that are not there yet. */
const UNFINISHED = "unfinished";

/** Files on disk, which any number of processes share, and which stay when these have ended. */
export class DiskFiles implements Files {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  noteOnce(path: string, value: string): boolean {
    const link = this.#pathOf(path);
    mkdirSync(dirname(link), { recursive: true });
    try {
      // A link comes into being with its content, or not.
      symlinkSync(value, link);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
  }

  readNote(path: string): string | undefined {
    return unlessMissing(() => readlinkSync(this.#pathOf(path)));
  }

  read(path: string): string | undefined {
    return readIfPresent(this.#pathOf(path));
  }

  appendLine(path: string, line: string): void {
    appendFileSync(this.#pathOf(path), `${line}\n`);
  }

  addFolder(folder: string, file: string, text: string): void {
    const [target, draft] = [this.#pathOf(folder), this.#pathOf(join(UNFINISHED, basename(folder)))];
    mkdirSync(dirname(target), { recursive: true });
    mkdirSync(draft, { recursive: true });
    writeFileSync(join(draft, file), text);
    renameSync(draft, target);
  }

  namesIn(folder: string): readonly string[] {
    return unlessMissing(() => readdirSync(this.#pathOf(folder))) ?? [];
  }

  #pathOf(path: string): string {
    return join(this.#directory, path);
  }
}

export function readIfPresent(path: string): string | undefined {
  return unlessMissing(() => readFileSync(path, "utf8"));
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
