import { testCrashes } from "./testing/crash/crash-tests.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { postgresStores } from "./testing/crash/postgres-stores.ts";
import { sweepAll } from "./testing/crash/saved-sweep.ts";

testCrashes("every point with every interruption, every fault and every point of what comes next", {
  skip: noPostgres,
  openStores: () => postgresStores(),
  sweep: sweepAll,
});
