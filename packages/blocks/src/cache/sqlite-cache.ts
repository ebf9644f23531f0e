import type { DatabaseSync, StatementSync } from "node:sqlite";
import { requireCount } from "../option-checks.ts";
import type { CacheStore } from "./cache-store.ts";

/** How long another program that writes to the file is waited for. */
const BUSY_TIMEOUT_MS = 5_000;
const DELETED_AT_A_TIME = 100;

export interface SqliteCacheOptions {
  /** The database file; made where it is missing. Several programs may share it. */
  readonly path: string;
  /** How many results are kept, and up to 100 more; the oldest go first. Default: all. */
  readonly maxEntries?: number | undefined;
}

interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly read: StatementSync;
  readonly write: StatementSync;
  readonly trim: StatementSync;
}

/**
 * Keeps results in an SQLite file, beyond the process. Uses Node's own SQLite (`node:sqlite`), of which Node 22 says that it is
 * experimental. What was kept just before a loss of power may be lost; the file is never broken.
 *
 * The file is to be one of its own: Node's SQLite and that of {@link Sqlite3Block} do not see each other's locks within a process.
 */
export class SqliteCache implements CacheStore, Disposable {
  readonly #path: string;
  readonly #maxEntries: number | undefined;
  #opening: Promise<OpenDatabase> | undefined;
  #open: OpenDatabase | undefined;
  #writes = 0;

  /** @throws {@link InvalidBlockOptionsError} */
  constructor({ path, maxEntries }: SqliteCacheOptions) {
    this.#path = path;
    this.#maxEntries = maxEntries && requireCount("SqliteCache", "maxEntries", maxEntries, 1);
  }

  async get(key: string): Promise<string | undefined> {
    const { read } = await this.#opened();
    const row = read.get(key);
    return typeof row?.text === "string" ? row.text : undefined;
  }

  async set(key: string, text: string): Promise<void> {
    const { write, trim } = await this.#opened();
    write.run(key, text);
    if (this.#maxEntries === undefined || this.#writes++ % DELETED_AT_A_TIME !== 0) return;
    trim.run(this.#maxEntries);
  }

  /** Closes the file; the next use opens it again. */
  dispose(): void {
    this.#open?.database.close();
    this.#open = undefined;
    this.#opening = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #opened(): Promise<OpenDatabase> {
    const opening = this.#opening ?? this.#openFile();
    this.#opening = opening;
    try {
      return await opening;
    } catch (error) {
      // The next use tries again.
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  async #openFile(): Promise<OpenDatabase> {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(this.#path, { timeout: BUSY_TIMEOUT_MS });
    try {
      this.#open = prepared(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return this.#open;
  }
}

function prepared(database: DatabaseSync): OpenDatabase {
  database.exec("pragma journal_mode = wal; pragma synchronous = normal");
  database.exec(
    "create table if not exists results (id integer primary key, key text not null unique, text text not null)",
  );
  return {
    database,
    read: database.prepare("select text from results where key = ?"),
    write: database.prepare("insert or replace into results (key, text) values (?, ?)"),
    trim: database.prepare(
      "delete from results where id <= (select id from results order by id desc limit 1 offset ?)",
    ),
  };
}
