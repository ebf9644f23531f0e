import { access, constants, readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import type { Database } from "sqlite3";
import { makePrivateFileOnce } from "../private-file.ts";
import { StateStoreUnavailableError } from "../state-database-error.ts";
import { StateDriverError } from "../state-place-error.ts";

/** An open database file. */
export interface SqliteHandle {
  all(sql: string, parameters: readonly unknown[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/**
 * Opens a database file, and makes it, for its owner alone, where it is missing. What is committed survives the loss of power, and the
 * tables refer to each other.
 */
export async function openSqlite(path: string): Promise<SqliteHandle> {
  const sqlite3 = await loadSqlite3();
  await makeFileIfMissing(sqlite3, path);
  const handle = await openFile(sqlite3, path);
  try {
    await switchToLog(handle, path);
    await handle.all("pragma synchronous = full", []);
    await handle.all("pragma fullfsync = on", []);
    await handle.all("pragma foreign_keys = on", []);
    return handle;
  } catch (error) {
    // The first failure is the one to tell.
    await handle.close().catch(() => {});
    throw error;
  }
}

async function openFile(sqlite3: Sqlite3, path: string): Promise<SqliteHandle> {
  const database = await new Promise<Database>((resolve, reject) => {
    const opened: Database = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (error) =>
      error === null ? resolve(opened) : reject(error),
    );
  });
  // Whoever waits for others does so without keeping a thread; see `untilNotBusy`.
  database.configure("busyTimeout", 0);
  return {
    all: promisify(
      (sql: string, parameters: readonly unknown[], done: (error: Error | null, rows: unknown[]) => void) =>
        database.all(sql, [...parameters], done),
    ),
    close: promisify((done: (error: Error | null) => void) => database.close(done)),
  };
}

/**
 * SQLite would make it for everyone to read; its other files take their modes from this one. A file that is there is not opened:
 * closing it again would release the locks of all connections that this process has to it (https://sqlite.org/howtocorrupt.html, 2.2),
 * and another program could then remove the log that they write.
 */
async function makeFileIfMissing(sqlite3: Sqlite3, path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    // Where a symbolic link leads to what is missing, that is made.
    const target = resolve(dirname(path), await readlink(path).catch(() => path));
    await makePrivateFileOnce(target, (draft) => makeEmpty(sqlite3, draft));
  }
}

/**
 * Makes an empty file a database with a log, while nobody else knows it. To switch takes the file for one alone, which many programs that
 * start together would hinder each other from for as long as they all try.
 */
async function makeEmpty(sqlite3: Sqlite3, path: string): Promise<void> {
  const handle = await openFile(sqlite3, path);
  try {
    await switchToLog(handle, path);
  } finally {
    await handle.close();
  }
}

async function switchToLog({ all }: SqliteHandle, path: string): Promise<void> {
  const [answer] = await all("pragma journal_mode = wal", []);
  const mode = (answer as { journal_mode?: string } | undefined)?.journal_mode;
  if (mode === "wal") return;
  throw new StateStoreUnavailableError(
    `SQLite database ${path}`,
    `its file system does not carry a write-ahead log (journal mode ${mode}); put it on a local disk`,
  );
}

type Sqlite3 = typeof import("sqlite3");

async function loadSqlite3(): Promise<Sqlite3> {
  try {
    // Its declarations leave out what Node makes of a CommonJS module.
    const module: unknown = await import("sqlite3");
    return (module as { readonly default: Sqlite3 }).default;
  } catch (error) {
    throw new StateDriverError("sqlite3", (error as Error).message.split("\n")[0] ?? "", { cause: error });
  }
}
