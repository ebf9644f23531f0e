import { join } from "node:path";
import { testCrashes } from "./testing/crash/crash-tests.ts";
import { memoryStores } from "./testing/crash/memory-stores.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { postgresStores } from "./testing/crash/postgres-stores.ts";
import { sqliteStores } from "./testing/crash/sqlite-stores.ts";
import { sweepPairs, sweepPoints } from "./testing/crash/sweep.ts";

testCrashes("every point with every interruption, and pairs of interruptions and faults", {
  openStores: async () => memoryStores(),
  sweep: sweepPairs,
});

testCrashes("every fourth point in SQLite", {
  openStores: (folder) => sqliteStores(join(folder, "stores")),
  sweep: (harness, scenario, stores) => sweepPoints(harness, scenario, stores, { first: 1, step: 4 }),
});

testCrashes("every fourth point in PostgreSQL", {
  skip: noPostgres,
  openStores: () => postgresStores(),
  sweep: (harness, scenario, stores) => sweepPoints(harness, scenario, stores, { first: 3, step: 4 }),
});
