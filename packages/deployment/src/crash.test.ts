import { join } from "node:path";
import { testCrashes } from "./testing/crash/crash-tests.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { memoryStores, postgresStores, sqliteStores } from "./testing/crash/store-kind.ts";
import { sweepPairs, sweepPoints } from "./testing/crash/sweep.ts";

testCrashes("every point with every interruption, and pairs of interruptions and faults", {
  openStores: async () => memoryStores(),
  sweep: sweepPairs,
});

testCrashes("every other point in SQLite", {
  openStores: (folder) => sqliteStores(join(folder, "stores")),
  sweep: (harness, scenario, stores) => sweepPoints(harness, scenario, stores, { first: 1, step: 2 }),
});

testCrashes("every other point in PostgreSQL", {
  skip: noPostgres,
  openStores: () => postgresStores(),
  sweep: (harness, scenario, stores) => sweepPoints(harness, scenario, stores, { first: 2, step: 2 }),
});
