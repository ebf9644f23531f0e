import { startPostgres } from "../postgres-server.ts";
import { postgresStoresOn } from "../postgres-stores.ts";
import { sqliteStores } from "../sqlite-stores.ts";
import type { StoreKind } from "../store-kind.ts";

/** Where stores are made for operations that are under way at the same time. */
export interface StorePlace extends AsyncDisposable {
  /** @param folder - For what outlasts a case. */
  open(folder: string): Promise<StoreKind>;
}

export async function sqlitePlace(): Promise<StorePlace> {
  return { open: sqliteStores, [Symbol.asyncDispose]: async () => {} };
}

/** A server with a database for each operation. */
export async function postgresPlace(): Promise<StorePlace> {
  const server = await startPostgres();
  return {
    open: () => postgresStoresOn(server),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
