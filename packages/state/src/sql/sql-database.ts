import type { Dialect } from "kysely";

/** Which programs a transaction keeps out: those that read and write rows, or those that migrate. */
export type TransactionLock = "rows" | "schema";

/** Carries out one statement. */
export interface SqlQuery {
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly unknown[]>;
}

/** One connection, in use by one transaction. Every failure is a {@link SqlError} (or the signal's reason). */
export interface SqlConnection extends SqlQuery {
  /** Begins a transaction that runs alone, and waits until it may; the database's own time then. */
  begin(lock: TransactionLock, signal: AbortSignal | undefined): Promise<number>;
  commit(): Promise<void>;
  /** Undoes the transaction, if there is one. Never rejects: a connection that cannot is not used again. */
  rollback(): Promise<void>;
  release(): Promise<void>;
}

/** What databases spell differently. */
export interface SqlSpelling {
  readonly text: string;
  readonly integer: string;
  /** The primary key of a table whose rows are numbered. */
  readonly numbered: string;
  /** What follows the columns of a table. */
  readonly tableOptions: string;
  /** A query that has a row if there is such a table. */
  findTable(table: string): string;
  /** Statements that keep rows of a table from being changed or removed. */
  appendOnly(table: string): readonly string[];
}

/** A database: where connections come from, and how it spells things. */
export interface SqlDatabase {
  /** For messages; never with a password. */
  readonly store: string;
  readonly spelling: SqlSpelling;
  connect(signal?: AbortSignal | undefined): Promise<SqlConnection>;
  /** How Kysely spells queries and carries them out. */
  dialect(connection: SqlQuery): Dialect;
  close(): Promise<void>;
}
