import { join } from "node:path";
import { testCrashes } from "./testing/crash/crash-tests.ts";
import { memoryStores } from "./testing/crash/memory-stores.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { postgresStores } from "./testing/crash/postgres-stores.ts";
import { sqliteStores } from "./testing/crash/sqlite-stores.ts";
import { sweepKills, sweepPairs } from "./testing/crash/sweep.ts";

testCrashes("every point with every interruption, and pairs of interruptions and faults", {
  openStores: async () => memoryStores(),
  sweep: sweepPairs,
});

testCrashes("every point of a kill in SQLite", {
  openStores: (folder) => sqliteStores(join(folder, "stores")),
  sweep: sweepKills,
});

testCrashes("every point of a kill in PostgreSQL", {
  skip: noPostgres,
  openStores: () => postgresStores(),
  sweep: sweepKills,
});
