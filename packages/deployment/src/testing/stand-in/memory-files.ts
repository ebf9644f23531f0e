import type { Files } from "./files.ts";

/** Files of this process, for worlds that no other process looks at. */
export class MemoryFiles implements Files {
  /** By path; folders are what paths have in common. */
  readonly #texts: Map<string, string>;

  /** @param others - Whose texts these begin with. Default: none. */
  constructor(others?: MemoryFiles) {
    this.#texts = new Map(others?.[Symbol.iterator]());
  }

  noteOnce(path: string, value: string): boolean {
    if (this.#texts.has(path)) return false;
    this.#texts.set(path, value);
    return true;
  }

  readNote(path: string): string | undefined {
    return this.#texts.get(path);
  }

  read(path: string): string | undefined {
    return this.#texts.get(path);
  }

  appendLine(path: string, line: string): void {
    this.#texts.set(path, `${this.#texts.get(path) ?? ""}${line}\n`);
  }

  addFolder(folder: string, file: string, text: string): void {
    this.#texts.set(`${folder}/${file}`, text);
  }

  namesIn(folder: string): readonly string[] {
    const names = new Set<string>();
    for (const path of this.#texts.keys()) {
      if (!path.startsWith(`${folder}/`)) continue;
      const rest = path.slice(folder.length + 1);
      names.add(rest.slice(0, rest.includes("/") ? rest.indexOf("/") : undefined));
    }
    return [...names];
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#texts.entries();
  }
}
