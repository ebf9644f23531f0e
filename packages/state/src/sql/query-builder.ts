import { Kysely } from "kysely";
import type { StateSchema } from "./schema.ts";
import type { SqlDatabase, SqlQuery } from "./sql-database.ts";

/** Builds queries in the database's spelling, and carries them out on that connection. */
export function queryBuilder(database: SqlDatabase, connection: SqlQuery): Kysely<StateSchema> {
  return new Kysely({ dialect: database.dialect(connection) });
}
