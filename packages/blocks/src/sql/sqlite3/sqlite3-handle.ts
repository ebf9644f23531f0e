import { promisify } from "node:util";
import type { Database, Statement } from "sqlite3";
import { loadDriver } from "../load-driver.ts";
import type { SqlRow } from "../row-collector.ts";
import type { SqlParameter } from "../sql-database.ts";

type Sqlite3 = typeof import("sqlite3");

/** Milliseconds between requests to end a statement: one that waits for a thread misses those that come before it has one. */
const INTERRUPT_INTERVAL_MS = 5;

/** A connection to a database file, for one at a time. */
export class Sqlite3Handle {
  readonly #database: Database;
  #interrupts: NodeJS.Timeout | undefined;
  #isRunning = false;

  /** @param maxValueBytes the longest value, or row, that SQLite makes. */
  static async open(
    filename: string,
    { readOnly, maxValueBytes }: { readonly readOnly: boolean; readonly maxValueBytes: number },
  ): Promise<Sqlite3Handle> {
    const sqlite3 = await loadDriver<Sqlite3>("sqlite3", () => import("sqlite3"));
    const access = readOnly ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE;
    const flags = access | sqlite3.OPEN_URI | sqlite3.OPEN_FULLMUTEX;
    const database = await new Promise<Database>((resolve, reject) => {
      const opened: Database = new sqlite3.Database(filename, flags, (error) =>
        error === null ? resolve(opened) : reject(error),
      );
    });
    database.configure("limit", sqlite3.LIMIT_ATTACHED, 0);
    database.configure("limit", sqlite3.LIMIT_LENGTH, maxValueBytes);
    // Whoever waits for others does so without keeping a thread.
    database.configure("busyTimeout", 0);
    return new Sqlite3Handle(database);
  }

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Runs a statement. `onRow` returns whether it wants more. */
  async each(
    sql: string,
    parameters: readonly SqlParameter[],
    onRow: (row: SqlRow) => boolean,
  ): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#step(await this.#prepare(sql), parameters, onRow);
    } finally {
      this.#isRunning = false;
      clearInterval(this.#interrupts);
      this.#interrupts = undefined;
    }
  }

  /** A statement of the block's own, and its first row. */
  async get(sql: string): Promise<SqlRow | undefined> {
    let first: SqlRow | undefined;
    await this.each(sql, [], (row) => {
      first ??= row;
      return true;
    });
    return first;
  }

  /** Runs many statements that nobody limits. */
  async exec(sql: string): Promise<void> {
    await promisify<string, void>((text, done) => this.#database.exec(text, done))(sql);
  }

  /** Makes the statement that runs end with an error; does nothing where none does. */
  interrupt(): void {
    if (!this.#isRunning) return;
    this.#database.interrupt();
    this.#interrupts ??= setInterval(() => this.#database.interrupt(), INTERRUPT_INTERVAL_MS);
  }

  async close(): Promise<void> {
    await promisify<void>((done) => this.#database.close(done))();
  }

  #prepare(sql: string): Promise<Statement> {
    return new Promise((resolve, reject) => {
      const statement = this.#database.prepare(sql, (error) =>
        error === null ? resolve(statement) : reject(error),
      );
    });
  }

  /** The end of the rows and the statement's failure come in any order, both before the end of the statement. */
  async #step(
    statement: Statement,
    parameters: readonly SqlParameter[],
    onRow: (row: SqlRow) => boolean,
  ): Promise<void> {
    let failure: Error | null = null;
    let wantsMore = true;
    const rowsEnded = Promise.withResolvers<void>();
    const statementEnded = Promise.withResolvers<void>();
    statement.each<SqlRow>(
      [...parameters],
      (error, row) => {
        failure ??= error;
        if (error !== null || !wantsMore) return;
        wantsMore = onRow(row);
        if (!wantsMore) this.interrupt();
      },
      () => rowsEnded.resolve(),
    );
    statement.finalize(() => statementEnded.resolve());
    await Promise.all([rowsEnded.promise, statementEnded.promise]);
    if (failure !== null && wantsMore) throw failure;
  }
}
