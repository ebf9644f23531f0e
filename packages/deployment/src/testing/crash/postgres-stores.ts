import { type PostgresServer, type PostgresSession, startPostgres } from "./postgres-server.ts";
import { type CaseClock, type DatabaseOptions, openDatabase, type StoreKind, shared } from "./store-kind.ts";

/** All but what makes it this store of this version. */
const TABLES = `select tablename from pg_tables
  where schemaname = 'public' and tablename not in ('conduit_store', 'conduit_migrations')`;
/** Events, which nobody may remove, are in the way of the next case. */
const ANYTHING_GOES = "set session_replication_role = replica";

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
  // What a server that crashes would cut off is opened only by cases that are saved.
  let session: PostgresSession | undefined;
  const connected = async () => {
    session ??= await server.connect(database);
    return session;
  };
  const tables = (await server.query(database, TABLES)).map(({ tablename }) => String(tablename));
  const emptied = tables.map((table) => `delete from ${table}`).join(";");
  return {
    name: "postgres",
    async prepare(_, caseClock) {
      clock = caseClock;
      await server.query(database, `${ANYTHING_GOES}; ${emptied}`);
    },
    // To open it means to derive a key, which takes longer than all else.
    open: async () => shared(store),
    async save() {
      const saved = await (await connected()).query(readRows(tables));
      const rows: Readonly<Record<string, unknown>> = JSON.parse(String(saved[0]?.rows));
      const filled = Object.entries(rows).map(([table, found]) => fill(table, found));
      return async (_, caseClock) => {
        clock = caseClock;
        await (await connected()).query([ANYTHING_GOES, emptied, ...filled].join(";"));
      };
    },
    uri: () => uri,
    async [Symbol.asyncDispose]() {
      await session?.[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

function readRows(tables: readonly string[]): string {
  const parts = tables
    .filter((table) => table !== "conduit_events")
    .map((table) => `'${table}', (select coalesce(json_agg(t), '[]') from ${table} t)`);
  return `select json_build_object(${parts.join()})::text as rows`;
}

function fill(table: string, rows: unknown): string {
  const json = JSON.stringify(rows).replaceAll("'", "''");
  return `insert into ${table} select * from json_populate_recordset(null::${table}, '${json}')`;
}
