import { randomUUID } from "node:crypto";
import type { Schema } from "@conduit/types";
import { InvalidBlockOptionsError } from "../../invalid-block-options-error.ts";
import type { Requires } from "../../protocols/requires.ts";
import type { SupportsSqlCommand } from "../../protocols/supports-sql-command.ts";
import { SqlBlock } from "../sql-block.ts";
import type { SqlDatabase } from "../sql-database.ts";
import type { AnyRow } from "../sql-operation.ts";
import type { SqlOptions, SqlSettings } from "../sql-options.ts";
import { Sqlite3Database } from "./sqlite3-database.ts";

/** Options of {@link Sqlite3Block}. */
export interface Sqlite3Options<Row extends Schema = Schema> extends SqlOptions<Row> {
  /**
   * A path, `:memory:`, `sqlite:///relative/path`, `sqlite:////absolute/path`, or a URI of SQLite's own (`file:…`). A file that is
   * missing is made, unless `readOnly`. Default: `:memory:`, a database that only this block has.
   */
  readonly databaseUrl?: string | undefined;
  /** File of SQL that is run whenever the block opens the database, before its first command. */
  readonly schemaFile?: string | undefined;
}

/** What SQLite needs for its own work, and what it can count. */
const VALUE_BYTES = { least: 1_000_000, most: 2 ** 31 - 1 };

/**
 * Runs SQL in an SQLite database, with the package `sqlite3`, which you install beside this one.
 *
 * A command is one statement, in a transaction: a failure is a result, and leaves nothing behind. Placeholders are `?`, with their values
 * in `parameters`. Integers and reals become numbers (integers beyond 2^53 lose digits: `CAST(x AS TEXT)` keeps them), text strings,
 * blobs `Uint8Array`s. Runs take turns. A file that another program holds is waited for, until the timeout.
 *
 * A command may be hostile where a model or a stranger wrote it. It can read, change and drop whatever the database has: `readOnly`
 * leaves it only reading, and values belong into `parameters`, never into the command's text. It cannot reach other files or
 * change settings: ATTACH, VACUUM, PRAGMA and the loading of extensions are refused, and what is temporary ends with the run. `timeoutSeconds`, `maxRows` and `maxResultBytes`
 * bound what it takes.
 *
 * @example
 * ```ts
 * const Command = Type.Object({ sqlCommand: Type.String(), parameters: Type.Optional(Type.Array(Type.String())) });
 * const Row = Type.Object({ name: Type.String(), legs: Type.Integer() });
 * const animals = new Sqlite3Block(Command, { row: Row });
 *
 * await animals.run({ sqlCommand: "CREATE TABLE animals (name TEXT, legs INTEGER)" });
 * const insert = "INSERT INTO animals VALUES (?, 8) RETURNING *";
 * const operation = await animals.run({ sqlCommand: insert, parameters: ["spider"] });
 * console.log(operation.success ? operation.rows[0]?.legs : operation.reason); // 8
 * await animals.dispose();
 * ```
 */
export class Sqlite3Block<I extends Schema, Row extends Schema = typeof AnyRow> extends SqlBlock<I, Row> {
  readonly #filename: string;
  readonly #schemaFile: string | undefined;
  readonly #id = randomUUID();

  /** @throws {@link InvalidBlockOptionsError} when an option is out of its range. */
  constructor(input: Requires<I, SupportsSqlCommand>, options: Sqlite3Options<Row> = {}) {
    super(input, "sqlite", options);
    const { databaseUrl = ":memory:", schemaFile, readOnly = false } = options;
    this.#filename = toFilename(databaseUrl);
    this.#schemaFile = schemaFile;
    const refuse = (option: string, expected: string, found: unknown): never => {
      throw new InvalidBlockOptionsError(expected, found, { block: this.name, option });
    };
    if (this.#filename === "")
      refuse("databaseUrl", "a path, :memory:, sqlite:///path or file:…", databaseUrl);
    if (readOnly && schemaFile !== undefined)
      refuse("schemaFile", "absent where readOnly is true", schemaFile);
  }

  protected override get place(): readonly unknown[] {
    // What is in memory is this block's alone.
    return [this.#filename, this.#schemaFile, this.#filename === ":memory:" && this.#id];
  }

  /**
   * @throws {@link SqlDriverError} when `sqlite3` is not installed; {@link SqlSchemaFileError} when the schema file cannot be read or
   * run.
   */
  protected override open({ readOnly, maxResultBytes, timeoutMs }: SqlSettings): Promise<SqlDatabase> {
    const maxValueBytes = Math.min(Math.max(maxResultBytes, VALUE_BYTES.least), VALUE_BYTES.most);
    return Sqlite3Database.open({
      filename: this.#filename,
      schemaFile: this.#schemaFile,
      readOnly,
      maxValueBytes,
      timeoutMs,
    });
  }
}

/** The name that SQLite knows a database by; empty where there is none, which to SQLite would be a database that nobody sees. */
function toFilename(databaseUrl: string): string {
  const path = /^sqlite:\/\/\/?(.*)$/s.exec(databaseUrl)?.[1] ?? databaseUrl;
  return path.startsWith("sqlite:") ? "" : path;
}
