import { join } from "node:path";
import { testCrashes } from "./testing/crash/crash-tests.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { memoryStores, postgresStores, sqliteStores } from "./testing/crash/store-kind.ts";
import { sweepPairs, sweepPoints } from "./testing/crash/sweep.ts";

testCrashes("every point with every fault, and with every point of what comes next", {
  openStores: async () => memoryStores(),
  sweep: sweepPairs,
});

testCrashes("every point in SQLite", {
  openStores: (folder) => sqliteStores(join(folder, "stores")),
  sweep: sweepPoints,
});

testCrashes("every point in PostgreSQL", {
  skip: noPostgres,
  openStores: () => postgresStores(),
  sweep: sweepPoints,
});
