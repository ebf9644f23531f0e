import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Deadline } from "../../deadline.ts";
import type { RowCollector } from "../row-collector.ts";
import { Slots } from "../slots.ts";
import type { SqlStatement } from "../split-statements.ts";
import type { SqlConnection, SqlDatabase, SqlParameter } from "../sql-database.ts";
import { SqlSchemaFileError } from "../sql-errors.ts";
import { SqlProblem } from "../sql-problem.ts";
import { isBusy, toSqlProblem } from "./sqlite3-error.ts";
import { Sqlite3Handle } from "./sqlite3-handle.ts";

/** How a database is opened. */
export interface Sqlite3Access {
  readonly filename: string;
  readonly schemaFile: string | undefined;
  readonly readOnly: boolean;
  readonly maxValueBytes: number;
  /** How long another program that holds the file is waited for, so that its schema can be made; may be `Infinity`. */
  readonly timeoutMs: number;
}

const BUSY_POLL_INTERVAL_MS = 20;

/** A database file, with one connection that runs take turns with: another one to `:memory:` would lead to another database. */
export class Sqlite3Database implements SqlDatabase {
  readonly #handle: Sqlite3Handle;
  readonly #readOnly: boolean;
  readonly #turns = new Slots(1);

  /** @throws SqlProblem; SqlDriverError, SqlSchemaFileError */
  static async open(access: Sqlite3Access): Promise<Sqlite3Database> {
    const schema = await readSchema(access.schemaFile);
    const handle = await orProblem(() => Sqlite3Handle.open(access.filename, access));
    try {
      await orProblem(() => handle.exec("PRAGMA foreign_keys = ON"));
      if (access.schemaFile !== undefined)
        await applySchema(handle, access.schemaFile, schema, access.timeoutMs);
      return new Sqlite3Database(handle, access.readOnly);
    } catch (error) {
      // The first failure is the one to tell.
      await handle.close().catch(() => {});
      throw error;
    }
  }

  private constructor(handle: Sqlite3Handle, readOnly: boolean) {
    this.#handle = handle;
    this.#readOnly = readOnly;
  }

  async connect(signal: AbortSignal): Promise<SqlConnection> {
    const endTurn = await this.#turns.take(signal);
    return new Sqlite3Connection(this.#handle, this.#readOnly, endTurn);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

class Sqlite3Connection implements SqlConnection {
  readonly #handle: Sqlite3Handle;
  readonly #readOnly: boolean;
  readonly #endTurn: () => void;
  #isInterrupted = false;

  constructor(handle: Sqlite3Handle, readOnly: boolean, endTurn: () => void) {
    this.#handle = handle;
    this.#readOnly = readOnly;
    this.#endTurn = endTurn;
  }

  /** Whoever may write takes the lock at once, and so never finds in the middle that another one has it. */
  async begin(signal: AbortSignal): Promise<void> {
    await untilNotBusy(signal, () => this.#handle.get(this.#readOnly ? "BEGIN" : "BEGIN IMMEDIATE"));
    // A reader has the lock from its first look.
    if (this.#readOnly)
      await untilNotBusy(signal, () => this.#handle.get("SELECT count(*) FROM sqlite_schema"));
  }

  async execute(
    { text }: SqlStatement,
    parameters: readonly SqlParameter[],
    rows: RowCollector,
  ): Promise<number> {
    return orProblem(async () => {
      const before = await this.#changes();
      // What interrupts may have come when there was nothing to interrupt.
      if (this.#isInterrupted) throw new SqlProblem("statement", "SQLite: interrupted.");
      await this.#handle.each(text, parameters, (row) => {
        rows.add(row);
        return rows.problem === undefined;
      });
      if (rows.rows.length > 0) return 0;
      const after = await this.#changes();
      return after.total === before.total ? 0 : after.last;
    });
  }

  async commit(signal: AbortSignal): Promise<void> {
    await orProblem(() => this.#dropTemporaries());
    // Readers of a file without a write-ahead log are waited for.
    await untilNotBusy(signal, () => this.#handle.get("COMMIT"));
  }

  async rollback(): Promise<void> {
    // There is no transaction any more where SQLite itself rolled it back.
    await this.#handle.get("ROLLBACK").catch(() => {});
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#handle.interrupt();
  }

  async release(): Promise<void> {
    this.#endTurn();
  }

  /** The connection serves other runs, to which a temporary table or trigger of this one would stand before the database's own. */
  async #dropTemporaries(): Promise<void> {
    // What a virtual table has made for itself goes with it.
    const next = `SELECT type, name FROM sqlite_temp_schema WHERE type <> 'index' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
      ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC LIMIT 1`;
    for (let row = await this.#handle.get(next); row !== undefined; row = await this.#handle.get(next)) {
      await this.#handle.get(`DROP ${row.type} temp."${String(row.name).replaceAll('"', '""')}"`);
    }
  }

  async #changes(): Promise<{ readonly total: unknown; readonly last: number }> {
    const row = await this.#handle.get("SELECT total_changes() AS total, changes() AS last");
    return { total: row?.total, last: Number(row?.last) };
  }
}

async function readSchema(schemaFile: string | undefined): Promise<string> {
  if (schemaFile === undefined) return "";
  try {
    return await readFile(schemaFile, "utf8");
  } catch (error) {
    throw new SqlSchemaFileError(schemaFile, (error as Error).message, { cause: error });
  }
}

async function applySchema(
  handle: Sqlite3Handle,
  schemaFile: string,
  schema: string,
  timeoutMs: number,
): Promise<void> {
  using deadline = new Deadline(new AbortController().signal, timeoutMs);
  const untilFree = async (sql: string): Promise<void> => {
    try {
      await untilNotBusy(deadline.signal, () => handle.get(sql));
    } catch (error) {
      if (!deadline.isOver) throw error;
      // Also to runs that began to wait later, and have time left.
      const reason = `Another program has held the database for ${timeoutMs / 1000} seconds (timeoutSeconds), so that its schema could not be made.`;
      throw new SqlProblem("timeout", reason);
    }
  };
  await untilFree("BEGIN IMMEDIATE");
  try {
    await handle.exec(schema);
  } catch (error) {
    throw new SqlSchemaFileError(schemaFile, (error as Error).message, { cause: error });
  }
  await untilFree("COMMIT");
}

async function untilNotBusy(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isBusy(error)) throw toSqlProblem(error);
    }
    await delay(BUSY_POLL_INTERVAL_MS, undefined, { signal });
  }
}

async function orProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toSqlProblem(error);
  }
}
