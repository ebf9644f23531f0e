import { MemoryStateStore } from "@conduit/state";
import type { StateStore } from "@conduit/types";
import { type CaseClock, type StoreKind, shared, storeTime } from "./store-kind.ts";

/** What stores of one process can share. Packages reach each other's inner parts by their address only. */
type MemoryDatabase = NonNullable<ConstructorParameters<typeof MemoryStateStore>[1]>;
interface MemoryDatabaseModule {
  readonly MemoryDatabase: new (tables?: MemoryDatabase["tables"]) => MemoryDatabase;
}

const address = new URL("./memory/memory-database.ts", import.meta.resolve("@conduit/state"));
const { MemoryDatabase }: MemoryDatabaseModule = await import(address.href);

const STORE_ID = "01234567-89ab-4cde-8f01-23456789abcd";

/** One case at a time uses these. */
export function memoryStores(): StoreKind {
  let database = new MemoryDatabase();
  let current: StateStore | undefined;
  const begin = (tables?: MemoryDatabase["tables"]) => async (_: string, clock: CaseClock) => {
    database = new MemoryDatabase(tables);
    current = new MemoryStateStore({ storeId: STORE_ID, clock: storeTime(clock) }, database);
  };
  return {
    name: "memory",
    prepare: begin(),
    open: async () => shared(current),
    save: async () => begin({ ...database.tables, events: [] }),
    uri: () => undefined,
    [Symbol.asyncDispose]: async () => {},
  };
}
