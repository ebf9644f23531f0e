import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MemoryStateStore, type OpenStateStoreOptions, openStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import type { Clock } from "../../clock.ts";
import { EPOCH_MS } from "../stand-in/stand-in-provider.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";

type DatabaseOptions = Pick<OpenStateStoreOptions, "reconnectTimeoutMs" | "busyTimeoutMs">;

type CaseClock = Pick<Clock, "nowMs">;

/** Makes stores for the cases of a harness. */
export interface StoreKind extends AsyncDisposable {
  readonly name: "memory" | "sqlite" | "postgres";
  /** Makes an empty store for a case whose files lie in `directory`, and which counts by `clock`. */
  prepare(directory: string, clock: CaseClock): Promise<void>;
  /** Opens the case's store once more, as another process would. */
  open(directory: string, clock: CaseClock): Promise<StateStore>;
  /** How another process finds the case's store; `undefined` where none can. */
  uri(directory: string): string | undefined;
}

/** Seals the endpoint keys in a database that has no file beside it. */
const SECRET = "secret of the harness";

export function memoryStores(): StoreKind {
  let current: StateStore | undefined;
  return {
    name: "memory",
    async prepare(_, clock) {
      current = new MemoryStateStore({ clock: storeTime(clock) });
    },
    open: async () => shared(current),
    uri: () => undefined,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** @param folder - For the empty database that each case gets a copy of. */
export async function sqliteStores(folder: string): Promise<StoreKind> {
  await mkdir(folder, { recursive: true });
  const template = join(folder, "template.db");
  const fileOf = (directory: string) => join(directory, "conduit.db");
  const uriOf = (directory: string) => `sqlite:///${fileOf(directory)}`;
  const first = await openStateStore({ uri: `sqlite:///${template}` });
  await first.close();
  return {
    name: "sqlite",
    async prepare(directory) {
      await copyFile(template, fileOf(directory));
      await copyFile(`${template}.key`, `${fileOf(directory)}.key`);
    },
    open: (directory, clock) => openDatabase(uriOf(directory), clock),
    uri: uriOf,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** All but what makes it this store of this version. Events, which nobody may remove, are in the way of the next case. */
const EMPTY_TABLES = `set session_replication_role = replica; do $$ begin execute (
  select 'truncate ' || string_agg(tablename, ', ') from pg_tables
  where schemaname = 'public' and tablename not in ('conduit_store', 'conduit_migrations')
); end $$`;

/** One case at a time uses the one database of a server of its own. */
export async function postgresStores(): Promise<StoreKind> {
  const server = await startPostgres();
  const stores = await postgresStoresOn(server);
  return {
    ...stores,
    async [Symbol.asyncDispose]() {
      await stores[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** One case at a time uses the one database, which is made for these stores. */
export async function postgresStoresOn(
  server: PostgresServer,
  options: DatabaseOptions = {},
): Promise<StoreKind> {
  const database = await server.createDatabase();
  const uri = server.uri(database);
  let clock: CaseClock = { nowMs: () => 0 };
  const store = await openDatabase(uri, { nowMs: () => clock.nowMs() }, options);
  return {
    name: "postgres",
    async prepare(_, caseClock) {
      clock = caseClock;
      await server.query(database, EMPTY_TABLES);
    },
    // To open it means to derive a key, which takes longer than all else.
    open: async () => shared(store),
    uri: () => uri,
    async [Symbol.asyncDispose]() {
      await store.close();
    },
  };
}

/** Opens a store that lies in a database, and counts by the case's clock. */
export function openDatabase(
  uri: string,
  clock: CaseClock,
  options: DatabaseOptions = {},
): Promise<StateStore> {
  const secret = uri.startsWith("sqlite:") ? undefined : SECRET;
  return openStateStore({ uri, secret, clock: storeTime(clock), ...options });
}

function storeTime(clock: CaseClock): () => number {
  return () => EPOCH_MS + Math.floor(clock.nowMs());
}

/** A store that goes on when one of those who use it closes it. */
function shared(store: StateStore | undefined): StateStore {
  if (store === undefined) throw new Error("expected a store that was prepared");
  return {
    storeId: (options) => store.storeId(options),
    transaction: (body, options) => store.transaction(body, options),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
