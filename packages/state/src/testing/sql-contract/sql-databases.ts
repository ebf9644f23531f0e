import type { SqlDatabase } from "../../sql/sql-database.ts";
import { withConnection } from "../../sql/with-connection.ts";

export const secret = "secret";
export const openOptions = { secret, keyFile: undefined, reconnectTimeoutMs: 100 };
export const retry = { signal: undefined, timeoutMs: 0, awaitServer: false };

export interface SqlDatabasesOptions {
  /** Makes an empty database. */
  readonly makeUri: () => Promise<string>;
  /** The database behind a store. */
  readonly database: (uri: string) => Promise<SqlDatabase>;
}

/** Makes databases, and looks into them. */
export class SqlDatabases {
  readonly makeUri: () => Promise<string>;
  readonly database: (uri: string) => Promise<SqlDatabase>;

  constructor({ makeUri, database }: SqlDatabasesOptions) {
    this.makeUri = makeUri;
    this.database = database;
  }

  /** One statement on a connection of its own, beside all stores. */
  async query(uri: string, statement: string): Promise<readonly unknown[]> {
    const raw = await this.database(uri);
    try {
      return await withConnection(raw, retry, (connection) => connection.query(statement));
    } finally {
      await raw.close();
    }
  }
}
