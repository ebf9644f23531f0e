import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from "kysely";
import type { SqlQuery } from "./sql-database.ts";

/** Lets Kysely use a connection whose transaction others begin and end. */
export class ConnectionDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(connection: SqlQuery) {
    this.#connection = {
      async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
        return { rows: [...(await connection.query(sql, parameters))] as Row[] };
      },
      streamQuery: () => refuse(),
    };
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async init(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
  beginTransaction = refuse;
  commitTransaction = refuse;
  rollbackTransaction = refuse;
}

function refuse(): never {
  throw new TypeError("expected queries only; the store begins and ends transactions itself");
}
