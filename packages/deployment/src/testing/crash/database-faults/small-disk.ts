import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { PrepareStore, StoreKind } from "../store-kind.ts";

const PAGE_BYTES = 4_096;

/** A file system that holds little, and so can be full. */
export class SmallDisk {
  readonly #folder: string;
  readonly #ballast: string;

  /** @param folder - Where it is mounted. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#ballast = join(folder, "ballast");
  }

  /** Leaves room for so many pages of a database. */
  fill(pages: number): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    const bytes = bavail * bsize - pages * PAGE_BYTES;
    if (bytes < 0) throw new Error(`expected a disk with room for ${pages} pages, but it has less`);
    writeFileSync(this.#ballast, Buffer.alloc(bytes));
  }

  /** Makes room again. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  /** The stores of one case at a time, on this disk instead of in the folder of the case. */
  stores(stores: StoreKind): StoreKind {
    const folderOf = (directory: string) => join(this.#folder, "cases", basename(directory));
    const alone =
      (prepare: PrepareStore): PrepareStore =>
      (directory, clock) => {
        rmSync(join(this.#folder, "cases"), { recursive: true, force: true });
        mkdirSync(folderOf(directory), { recursive: true });
        return prepare(folderOf(directory), clock);
      };
    return {
      ...stores,
      prepare: alone(stores.prepare),
      open: (directory, clock) => stores.open(folderOf(directory), clock),
      save: async (directory) => alone(await stores.save(folderOf(directory))),
      uri: (directory) => stores.uri(folderOf(directory)),
    };
  }
}
