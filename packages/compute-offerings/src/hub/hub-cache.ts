import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getRepoFolderName } from "@huggingface/hub";
import { parseConfigJsonText } from "../model/config-json-text.ts";
import type { HubModel } from "./hub-model.ts";

const INDEX = "model.safetensors.index.json";

type SizeName = "safetensors" | "download";

/**
 * The part of Hugging Face's own cache that belongs to one model: `refs/<revision>` names a commit, `snapshots/<commit>` holds files.
 * What other programs have downloaded is found here, and the other way round.
 */
export class HubCache {
  readonly #folder: string;

  constructor(cacheFolder: string, id: string) {
    this.#folder = join(cacheFolder, getRepoFolderName({ type: "model", name: id }));
  }

  /** Commit that a branch or tag was last seen at; a commit stands for itself. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (/^[0-9a-f]{40}$/.test(revision)) return revision;
    return (await readIfThere(join(this.#folder, "refs", revision)))?.trim();
  }

  async read(commit: string, file: string): Promise<string | undefined> {
    return await readIfThere(join(this.#folder, "snapshots", commit, file));
  }

  /** Size that {@link writeSizes} noted, else what the index or the one file of weights says. */
  async safetensorsBytes(commit: string): Promise<number | undefined> {
    const noted = await this.#notedSize(commit, "safetensors");
    if (noted !== undefined) return noted;
    const index = await this.read(commit, INDEX);
    if (index !== undefined) return totalSize(index);
    return await sizeIfThere(join(this.#folder, "snapshots", commit, "model.safetensors"));
  }

  /** Size that {@link writeSizes} noted. */
  async downloadBytes(commit: string): Promise<number | undefined> {
    return await this.#notedSize(commit, "download");
  }

  async write(commit: string, file: string, content: string): Promise<void> {
    await writeWhole(join(this.#folder, "snapshots", commit, file), content);
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    if (revision !== commit) await writeWhole(join(this.#folder, "refs", revision), commit);
  }

  /** Notes what no file in the cache tells. */
  async writeSizes(
    commit: string,
    { safetensorsBytes, downloadBytes }: Pick<HubModel, "safetensorsBytes" | "downloadBytes">,
  ): Promise<void> {
    if (safetensorsBytes !== undefined) await this.#noteSize(commit, "safetensors", safetensorsBytes);
    if (downloadBytes !== undefined) await this.#noteSize(commit, "download", downloadBytes);
  }

  async #noteSize(commit: string, what: SizeName, bytes: number): Promise<void> {
    await writeWhole(this.#sizeFile(commit, what), String(bytes));
  }

  async #notedSize(commit: string, what: SizeName): Promise<number | undefined> {
    const noted = Number(await readIfThere(this.#sizeFile(commit, what)));
    return noted > 0 ? noted : undefined;
  }

  #sizeFile(commit: string, what: SizeName): string {
    return join(this.#folder, "conduit", `${commit}.${what}-bytes`);
  }
}

function totalSize(index: string): number | undefined {
  const { metadata } = parseConfigJsonText(index, INDEX) as { metadata?: { total_size?: number } };
  return metadata?.total_size;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

async function sizeIfThere(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}

/** Under another name first, so that no one reads half a file. */
async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.incomplete`;
  await writeFile(partial, content);
  await rename(partial, path);
}
