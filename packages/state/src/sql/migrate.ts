import { sql } from "kysely";
import { StateSchemaTooNewError } from "../state-error.ts";
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
  const { text, integer, tableOptions } = database.spelling;
  await sql`create table if not exists conduit_migrations (
    id ${sql.raw(integer)} primary key, name ${sql.raw(text)} not null, applied_at_ms ${sql.raw(integer)} not null
  ) ${sql.raw(tableOptions)}`.execute(db);
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
