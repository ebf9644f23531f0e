import type { Schema } from "@conduit/types";
import { InvalidBlockOptionsError } from "../../invalid-block-options-error.ts";
import { isLimit, optionChecks } from "../../option-checks.ts";
import type { Requires } from "../../protocols/requires.ts";
import type { SupportsSqlCommand } from "../../protocols/supports-sql-command.ts";
import { SqlBlock } from "../sql-block.ts";
import type { SqlDatabase } from "../sql-database.ts";
import type { AnyRow } from "../sql-operation.ts";
import type { SqlOptions, SqlSettings } from "../sql-options.ts";
import { PostgresDatabase } from "./postgres-database.ts";

/** Options of {@link PostgresBlock}. */
export interface PostgresOptions<Row extends Schema = Schema> extends SqlOptions<Row> {
  /** `postgresql://user:password@host:port/database`, with the parameters that libpq knows, such as `sslmode`. */
  readonly url: string;
  /** Connections that the block has at a time; more runs wait. Default: 10. */
  readonly maxConnections?: number | undefined;
}

/**
 * Runs SQL in a PostgreSQL database, with the package `pg`, which you install beside this one.
 *
 * A command is one statement, in a transaction: a failure is a result, and leaves nothing behind. Placeholders are `$1`, with their values
 * in `parameters`. `smallint`, `integer` and the floats become numbers; `bigint` too, where a number holds it exactly, and a string
 * otherwise; `numeric` strings; dates and times strings of ISO 8601; `json` what it says; `bytea` `Uint8Array`s. Each run has a fresh
 * session: what one sets, locks or prepares is not there for the next. The signal and the timeout cancel the statement in the server.
 *
 * A command may be hostile where a model or a stranger wrote it. It can do whatever the role of the URL can, which for a superuser is
 * running programs on the server: use a role that has few rights. `readOnly` makes the database refuse changes (not, to such roles, files and
 * programs of the server); values belong into `parameters`, never into the command's text. `timeoutSeconds`, `maxRows` and
 * `maxResultBytes` bound what it takes, but for the one value that passes the limit.
 *
 * @example
 * ```ts
 * const Row = Type.Object({ sum: Type.Integer() });
 * const sums = new PostgresBlock(SupportsSqlCommand, { url: "postgresql://nobody@127.0.0.1:2/none", row: Row, readOnly: true });
 *
 * const operation = await sums.run({ sqlCommand: "SELECT $1::int + 1 AS sum", parameters: [1] });
 * console.log(operation.success ? operation.rows[0]?.sum : operation.failure); // connection
 * await sums.dispose();
 * ```
 */
export class PostgresBlock<I extends Schema, Row extends Schema = typeof AnyRow> extends SqlBlock<I, Row> {
  readonly #url: string;
  readonly #maxConnections: number;

  /** @throws {@link InvalidBlockOptionsError} when an option is out of its range. */
  constructor(input: Requires<I, SupportsSqlCommand>, options: PostgresOptions<Row>) {
    super(input, "postgres", options);
    const { url, maxConnections = 10 } = options;
    const require = optionChecks(this.name, options);
    require("maxConnections", "a whole number from 1", isLimit(maxConnections, 1));
    if (typeof url !== "string" || !/^postgres(?:ql)?:\/\//.test(url)) {
      // It may have a password in it.
      const expected = "a URL such as postgresql://user@host/database";
      throw new InvalidBlockOptionsError(expected, "none", { block: this.name, option: "url" });
    }
    this.#url = url;
    this.#maxConnections = maxConnections;
  }

  protected override get place(): readonly unknown[] {
    return [this.#url];
  }

  /** @throws {@link SqlDriverError} when `pg` is not installed. */
  protected override open({ readOnly, timeoutMs }: SqlSettings): Promise<SqlDatabase> {
    return PostgresDatabase.open({
      url: this.#url,
      maxConnections: this.#maxConnections,
      readOnly,
      timeoutMs,
    });
  }
}
