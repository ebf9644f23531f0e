import type { Schema } from "@conduit/types";
import type { BlockOptions } from "../block.ts";
import { isLimit, isTimeout, optionChecks, TIMEOUT_RANGE } from "../option-checks.ts";

/** Options of {@link Sqlite3Block} and {@link PostgresBlock}. */
export interface SqlOptions<Row extends Schema = Schema> extends BlockOptions {
  /** Schema of every row. Rows that do not match are a failure, and what the statement changed is rolled back. Default: any. */
  readonly row?: Row | undefined;
  /** Whether a command may have several statements, which then have no parameters. Default: `false`. */
  readonly allowSeveralStatements?: boolean | undefined;
  /** Whether the database refuses whatever would change it. Default: `false`. */
  readonly readOnly?: boolean | undefined;
  /** Time in seconds for all of it, the wait for the database included; `Infinity` for none. Default: 60. */
  readonly timeoutSeconds?: number | undefined;
  /** Rows that a statement may give before it is stopped. Default: 100,000. */
  readonly maxRows?: number | undefined;
  /** Bytes that the values of a statement's rows may have, about, before it is stopped. Default: 16 MiB. */
  readonly maxResultBytes?: number | undefined;
}

/** The same with defaults and in milliseconds. */
export interface SqlSettings {
  readonly allowSeveralStatements: boolean;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
  readonly maxRows: number;
  readonly maxResultBytes: number;
}

/** @throws {@link InvalidBlockOptionsError} */
export function toSqlSettings(block: string, options: SqlOptions): SqlSettings {
  const {
    allowSeveralStatements = false,
    readOnly = false,
    timeoutSeconds = 60,
    maxRows = 100_000,
    maxResultBytes = 16 * 1024 ** 2,
  } = options;
  const require = optionChecks(block, options);
  require("timeoutSeconds", TIMEOUT_RANGE, isTimeout(timeoutSeconds));
  require("maxRows", "a whole number from 0", isLimit(maxRows));
  require("maxResultBytes", "a whole number from 0", isLimit(maxResultBytes));
  return { allowSeveralStatements, readOnly, timeoutMs: timeoutSeconds * 1000, maxRows, maxResultBytes };
}
