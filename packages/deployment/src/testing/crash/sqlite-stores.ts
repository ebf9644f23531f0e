import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStateStore } from "@conduit/state";
import { openDatabase, type StoreKind } from "./store-kind.ts";

/** What a database is, beside what its programs share while they run. */
const PARTS = ["", "-wal", ".key"] as const;

/** @param folder - For the empty database that each case gets a copy of. */
export async function sqliteStores(folder: string): Promise<StoreKind> {
  await mkdir(folder, { recursive: true });
  const template = join(folder, "template.db");
  const fileOf = (directory: string) => join(directory, "conduit.db");
  const uriOf = (directory: string) => `sqlite:///${fileOf(directory)}`;
  const first = await openStateStore({ uri: `sqlite:///${template}` });
  await first.close();
  return {
    name: "sqlite",
    async prepare(directory) {
      await copyFile(template, fileOf(directory));
      await copyFile(`${template}.key`, `${fileOf(directory)}.key`);
    },
    open: (directory, clock) => openDatabase(uriOf(directory), clock),
    // The files as a crash would leave them, with the log of what was committed.
    async save(directory) {
      const parts = await Promise.all(
        PARTS.map(async (part) => ({ part, bytes: await readIfPresent(fileOf(directory) + part) })),
      );
      return async (other) => {
        for (const { part, bytes } of parts) {
          if (bytes !== undefined) await writeFile(fileOf(other) + part, bytes, { mode: 0o600 });
        }
      };
    },
    uri: uriOf,
    [Symbol.asyncDispose]: async () => {},
  };
}

async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
