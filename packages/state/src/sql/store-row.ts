import type { Kysely } from "kysely";
import type { Keyring } from "../secret/keyring.ts";
import { StateStoreCorruptError } from "../state-database-error.ts";
import { StateSecretMismatchError } from "../state-secret-error.ts";
import { queryBuilder } from "./query-builder.ts";
import type { StateSchema } from "./schema.ts";
import type { SqlConnection, SqlDatabase } from "./sql-database.ts";

/** What a database says of itself. */
export interface StoreRow {
  readonly storeId: string;
  /** The key that endpoint keys are encrypted with; absent until the first program has opened the store. */
  readonly keyId: string | undefined;
}

export async function readStoreRow(
  database: SqlDatabase,
  connection: SqlConnection,
  signal: AbortSignal | undefined,
): Promise<StoreRow> {
  await connection.begin("rows", signal);
  const row = await selectStoreRow(database, queryBuilder(database, connection));
  await connection.commit();
  return row;
}

/**
 * Notes which key encrypts from now on, and encrypts with it what another key of the ring has encrypted before.
 *
 * @throws StateSecretMismatchError when another program has noted one in the meantime that `keyring` does not have.
 */
export async function recordKey(
  database: SqlDatabase,
  connection: SqlConnection,
  keyring: Keyring,
  signal: AbortSignal | undefined,
): Promise<void> {
  await connection.begin("rows", signal);
  const db = queryBuilder(database, connection);
  const { keyId } = await selectStoreRow(database, db);
  if (keyId !== undefined && !keyring.has(keyId)) {
    throw new StateSecretMismatchError(
      database.store,
      "another program has opened it at the same time with its own; give both the same CONDUIT_SECRET",
    );
  }
  if (keyId !== keyring.sealingKeyId) {
    if (keyId !== undefined) await sealAgain(db, keyring);
    await db.updateTable("conduit_store").set({ key_id: keyring.sealingKeyId }).execute();
  }
  await connection.commit();
}

/** What no key fits stays as it is; whoever reads it hears of it. */
async function sealAgain(db: Kysely<StateSchema>, keyring: Keyring): Promise<void> {
  const sealed = await db.selectFrom("conduit_deployments").select(["id", "sealed_endpoint_key"]).execute();
  for (const { id, sealed_endpoint_key } of sealed) {
    const endpointKey = keyring.unseal(sealed_endpoint_key, id);
    if (endpointKey === undefined) continue;
    await db
      .updateTable("conduit_deployments")
      .set({ sealed_endpoint_key: keyring.seal(endpointKey, id) })
      .where("id", "=", id)
      .execute();
  }
}

/**
 * Lets nothing be encrypted with a key that another program has replaced meanwhile, since nobody may have it any more when the row is
 * read.
 *
 * @throws StateSecretMismatchError
 */
export async function requireCurrentKey(
  database: SqlDatabase,
  db: Kysely<StateSchema>,
  keyring: Keyring,
): Promise<void> {
  const { keyId } = await selectStoreRow(database, db);
  if (keyId === keyring.sealingKeyId) return;
  throw new StateSecretMismatchError(
    database.store,
    "another program has encrypted them with its CONDUIT_SECRET since this one has opened it; start this one again with the same",
  );
}

async function selectStoreRow({ store }: SqlDatabase, db: Kysely<StateSchema>): Promise<StoreRow> {
  const row = await db.selectFrom("conduit_store").selectAll().executeTakeFirst();
  if (row === undefined) throw new StateStoreCorruptError(store, "its table conduit_store has no row");
  return { storeId: row.id, keyId: row.key_id ?? undefined };
}
