import type { DatabaseSync } from "node:sqlite";
import { BatchOutputError, BatchRunningError } from "./batch-errors.ts";
import type { Fingerprint } from "./fingerprint.ts";

const SQLITE_BUSY = 5;
const SQLITE_NOT_A_DATABASE = 26;

/** What is known of a batch besides its results. */
export interface BatchRecord {
  readonly input: Fingerprint;
  /** Path of the failure file, relative to that of the output. */
  readonly failures: string;
}

/**
 * The file beside the output that says what the input was, and that only one run at a time can have open: SQLite's lock of it ends with
 * the process, however that ends, and what is committed to it is whole.
 */
export class BatchState implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws {@link BatchRunningError} where another run has it open, {@link BatchOutputError} where the file is something else. */
  static async open(output: string): Promise<BatchState> {
    const path = `${output}.batch`;
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    try {
      database.exec("pragma locking_mode = exclusive; begin exclusive");
      database.exec(
        "create table if not exists batch (id integer primary key check (id = 1), record text not null)",
      );
      // In this mode a commit keeps the lock.
      database.exec("commit");
      return new BatchState(database);
    } catch (error) {
      database.close();
      const { errcode } = error as { readonly errcode?: number };
      if (errcode === SQLITE_BUSY) throw new BatchRunningError(output, { cause: error });
      if (errcode === SQLITE_NOT_A_DATABASE)
        throw new BatchOutputError(path, "something else", { cause: error });
      throw error;
    }
  }

  read(): BatchRecord | undefined {
    const row = this.#database.prepare("select record from batch").get();
    return typeof row?.record === "string" ? (JSON.parse(row.record) as BatchRecord) : undefined;
  }

  write(record: BatchRecord): void {
    const insert = this.#database.prepare("insert or replace into batch (id, record) values (1, ?)");
    insert.run(JSON.stringify(record));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
