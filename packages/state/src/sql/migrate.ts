import { sql } from "kysely";
import { StateSchemaTooNewError } from "../state-database-error.ts";
import { type Migration, migrations } from "./migrations.ts";
import { queryBuilder } from "./query-builder.ts";
import type { SqlConnection, SqlDatabase } from "./sql-database.ts";

/**
 * Brings the schema up to date: the missing migrations, in one transaction that keeps out everybody else's. Whoever comes second
 * finds nothing left to do.
 *
 * @throws StateSchemaTooNewError when the database has migrations that this program does not know.
 */
export async function migrate(
  database: SqlDatabase,
  connection: SqlConnection,
  signal: AbortSignal | undefined,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const nowMs = await connection.begin("schema", signal);
  const db = queryBuilder(database, connection);
  await makeTableOfMigrations(database, connection);
  const { last } = await db
    .selectFrom("conduit_migrations")
    .select((each) => each.fn.coalesce(each.fn.max("id"), sql<number>`0`).as("last"))
    .executeTakeFirstOrThrow();
  if (last > steps.length) throw new StateSchemaTooNewError(database.store, last, steps.length);
  for (const [index, { name, up }] of steps.entries()) {
    if (index < last) continue;
    await up(db, database.spelling);
    await db
      .insertInto("conduit_migrations")
      .values({ id: index + 1, name, applied_at_ms: nowMs })
      .execute();
  }
  await connection.commit();
}

/** Only if it is missing: a role that may make no tables can open a database where others have made them. */
async function makeTableOfMigrations(database: SqlDatabase, connection: SqlConnection): Promise<void> {
  const { text, integer, tableOptions, findTable } = database.spelling;
  const [found] = await connection.query(findTable("conduit_migrations"));
  if (found !== undefined) return;
  await connection.query(`create table conduit_migrations (
    id ${integer} primary key, name ${text} not null, applied_at_ms ${integer} not null
  ) ${tableOptions}`);
}
