import { SqlProblem } from "./sql-problem.ts";

/** A row as a driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** What a value takes that is neither text nor bytes, about. */
const SMALL_VALUE_BYTES = 8;

/** Keeps the rows of a statement, up to the limits. */
export class RowCollector {
  readonly rows: SqlRow[] = [];
  readonly #maxRows: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #problem: SqlProblem | undefined;

  constructor({ maxRows, maxResultBytes }: { readonly maxRows: number; readonly maxResultBytes: number }) {
    this.#maxRows = maxRows;
    this.#maxBytes = maxResultBytes;
  }

  /** Why there can be no more rows. */
  get problem(): SqlProblem | undefined {
    return this.#problem;
  }

  /** Takes a row; what is past a limit is let go. */
  add(row: SqlRow): void {
    if (this.#problem !== undefined) return;
    if (this.rows.length === this.#maxRows) {
      this.#problem = new SqlProblem(
        "size",
        `The statement gives more than ${this.#maxRows} rows (maxRows).`,
      );
      return;
    }
    for (const [name, value] of Object.entries(row)) this.#bytes += name.length + bytesOf(value);
    if (this.#bytes > this.#maxBytes) {
      const reason = `The statement gives more than ${this.#maxBytes} bytes (maxResultBytes).`;
      this.#problem = new SqlProblem("size", reason);
      return;
    }
    this.rows.push(row);
  }
}

function bytesOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== "object" || value === null) return SMALL_VALUE_BYTES;
  // JSON and arrays of PostgreSQL.
  return Object.values(value).reduce((sum: number, part) => sum + bytesOf(part), SMALL_VALUE_BYTES);
}
