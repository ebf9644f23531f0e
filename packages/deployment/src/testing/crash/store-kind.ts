import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openProcessStateStore, openStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import type { Clock } from "../../clock.ts";
import { EPOCH_MS } from "../stand-in/stand-in-provider.ts";
import { startPostgres } from "./postgres-server.ts";

export type StoreKindName = "memory" | "sqlite" | "postgres";

/** Makes stores for the cases of a harness. */
export interface StoreKind extends AsyncDisposable {
  readonly name: StoreKindName;
  /** Makes an empty store for a case whose files lie in `directory`. */
  prepare(directory: string): Promise<void>;
  /** Opens the case's store once more, as another process would. */
  open(directory: string, clock: Pick<Clock, "nowMs">): Promise<StateStore>;
  /** How another process finds the case's store; `undefined` where none can. */
  uri(directory: string): string | undefined;
}

/** Endpoint keys are sealed with it, so that no file with a key is needed. */
export const HARNESS_SECRET = "secret of the harness";

const storeClock = (clock: Pick<Clock, "nowMs">) => () => EPOCH_MS + Math.floor(clock.nowMs());

export function memoryStores(): StoreKind {
  return {
    name: "memory",
    prepare: async () => {},
    open: (directory, clock) => openProcessStateStore({ directory, clock: storeClock(clock) }),
    uri: () => undefined,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** All but what makes it this store of this version. */
const emptyTables = `do $$ begin execute (
  select 'truncate ' || string_agg(tablename, ', ') from pg_tables
  where schemaname = 'public' and tablename not in ('conduit_store', 'conduit_migrations')
); end $$`;

/** @param folder - For the empty database that each case gets a copy of. */
export async function sqliteStores(folder: string): Promise<StoreKind> {
  await mkdir(folder, { recursive: true });
  const template = join(folder, "template.db");
  const uri = (directory: string) => `sqlite:///${join(directory, "conduit.db")}`;
  const first = await openStateStore({ uri: `sqlite:///${template}`, secret: HARNESS_SECRET });
  await first.close();
  return {
    name: "sqlite",
    prepare: (directory) => copyFile(template, join(directory, "conduit.db")),
    open: (directory, clock) => openDatabase(uri(directory), clock),
    uri,
    [Symbol.asyncDispose]: async () => {},
  };
}

export async function postgresStores(): Promise<StoreKind> {
  const server = await startPostgres();
  const database = await server.createDatabase();
  const uri = server.uri(database);
  const first = await openStateStore({ uri, secret: HARNESS_SECRET });
  await first.close();
  return {
    name: "postgres",
    prepare: async () => {
      await server.query(database, emptyTables);
    },
    open: (_, clock) => openDatabase(uri, clock),
    uri: () => uri,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Opens a store that lies in a database, counting by the case's clock. */
export function openDatabase(uri: string, clock: Pick<Clock, "nowMs">): Promise<StateStore> {
  return openStateStore({ uri, secret: HARNESS_SECRET, clock: storeClock(clock) });
}
