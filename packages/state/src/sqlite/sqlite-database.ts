import { stat } from "node:fs/promises";
import { type Dialect, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import { ConnectionDriver } from "../sql/connection-driver.ts";
import type { SqlConnection, SqlDatabase, SqlQuery, SqlSpelling } from "../sql/sql-database.ts";
import { SqlError } from "../sql/sql-error.ts";
import { StateStoreUnavailableError } from "../state-database-error.ts";
import { lastWrite } from "./last-write.ts";
import { toSqlError } from "./sqlite-error.ts";
import { openSqlite, type SqliteHandle } from "./sqlite-handle.ts";
import { untilNotBusy } from "./until-not-busy.ts";

const spelling: SqlSpelling = {
  text: "text",
  integer: "integer",
  numbered: "integer primary key autoincrement",
  tableOptions: "strict",
  findTable: (table) => `select 1 from sqlite_schema where type = 'table' and name = '${table}'`,
  appendOnly: (table) => {
    const refuse = "begin select raise(abort, 'events are never changed or removed'); end";
    return [
      `create trigger ${table}_no_update before update on ${table} ${refuse}`,
      `create trigger ${table}_no_delete before delete on ${table} ${refuse}`,
      // `insert or replace` removes the row that has the id without a delete that triggers see.
      `create trigger ${table}_no_replace before insert on ${table}
        when exists (select 1 from ${table} where id = new.id) ${refuse}`,
    ];
  },
};

/**
 * A file of this machine. There is one connection, since SQLite lets one program write at a time and transactions of a store take turns.
 */
export class SqliteDatabase implements SqlDatabase {
  readonly store: string;
  readonly spelling = spelling;
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  #handle: SqliteHandle | undefined;
  #inode: number | undefined;

  constructor(path: string, { busyTimeoutMs }: { readonly busyTimeoutMs: number }) {
    this.#path = path;
    this.store = `SQLite database ${path}`;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  dialect(connection: SqlQuery): Dialect {
    return {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new ConnectionDriver(connection),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    };
  }

  async connect(signal?: AbortSignal | undefined): Promise<SqlConnection> {
    const handle = this.#handle ?? (await this.#open(signal));
    return new SqliteConnection(handle, {
      store: this.store,
      busyTimeoutMs: this.#busyTimeoutMs,
      untilNotBusy: (work, ofCall) => this.#untilNotBusy(work, ofCall),
      requireSameFile: () => this.#requireSameFile(),
      discard: () => this.#discard(),
    });
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Gives up a connection whose state nobody knows; the next one is opened anew. */
  async #discard(): Promise<void> {
    await this.close().catch(() => {});
  }

  async #open(signal: AbortSignal | undefined): Promise<SqliteHandle> {
    // Before a file is opened again, since that would make one where there is none.
    if (this.#inode !== undefined) await this.#requireSameFile();
    try {
      // Switching to WAL, and looking after what a crash has left, want the file alone.
      const handle = await this.#untilNotBusy(() => openSqlite(this.#path), signal);
      this.#handle = handle;
      this.#inode ??= (await stat(this.#path)).ino;
      return handle;
    } catch (error) {
      signal?.throwIfAborted();
      throw toSqlError(error, this.store, this.#busyTimeoutMs);
    }
  }

  #untilNotBusy<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const readVersion = () => lastWrite(this.#path);
    return untilNotBusy(work, { timeoutMs: this.#busyTimeoutMs, readVersion, signal });
  }

  /** A file that was removed can still be written, but nobody would ever find the rows again. */
  async #requireSameFile(): Promise<void> {
    const found = await stat(this.#path).catch(() => undefined);
    if (found?.ino === this.#inode) return;
    const problem = found === undefined ? "its file was removed" : "another file was put in its place";
    throw new SqlError(
      new StateStoreUnavailableError(this.store, `${problem} while this program used it`),
      "never",
    );
  }
}

interface SqliteConnectionOptions {
  readonly store: string;
  readonly busyTimeoutMs: number;
  readonly untilNotBusy: <T>(work: () => Promise<T>, signal: AbortSignal | undefined) => Promise<T>;
  /** Throws when the path leads to another file by now. */
  readonly requireSameFile: () => Promise<void>;
  readonly discard: () => Promise<void>;
}

class SqliteConnection implements SqlConnection {
  readonly #handle: SqliteHandle;
  readonly #options: SqliteConnectionOptions;
  #state: "idle" | "in-transaction" | "unknown" = "idle";

  constructor(handle: SqliteHandle, options: SqliteConnectionOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  query(sql: string, parameters: readonly unknown[] = []): Promise<readonly unknown[]> {
    return this.#explained(() => this.#handle.all(sql, parameters));
  }

  /** Either lock is the one on the file. Its time is this machine's, as it is for every program that can open it. */
  async begin(_lock: unknown, signal: AbortSignal | undefined): Promise<number> {
    const { untilNotBusy, requireSameFile } = this.#options;
    const begin = () => this.#handle.all("begin immediate", []);
    await this.#explained(() => untilNotBusy(begin, signal), signal);
    this.#state = "in-transaction";
    // After the wait for others, who may have removed it.
    await requireSameFile();
    return Date.now();
  }

  async commit(): Promise<void> {
    this.#state = "unknown";
    await this.query("commit");
    this.#state = "idle";
  }

  async rollback(): Promise<void> {
    if (this.#state !== "in-transaction") return;
    this.#state = "unknown";
    // A database that has rolled back by itself refuses; it is opened again, as after any other failure here.
    await this.#handle.all("rollback", []).then(
      () => {
        this.#state = "idle";
      },
      () => {},
    );
  }

  async release(): Promise<void> {
    if (this.#state !== "idle") await this.#options.discard();
  }

  async #explained<T>(work: () => Promise<T>, signal?: AbortSignal | undefined): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw toSqlError(error, this.#options.store, this.#options.busyTimeoutMs);
    }
  }
}
