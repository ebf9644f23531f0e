import { testCrashesOver } from "./testing/crash/crash-tests.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { postgresStores } from "./testing/crash/postgres-stores.ts";
import { runpodProviders } from "./testing/crash/runpod/runpod-providers.ts";
import { sweepFaults } from "./testing/crash/sweep-faults.ts";

testCrashesOver(runpodProviders, "the RunPod stand-in, every point with every fault, in PostgreSQL", {
  skip: noPostgres,
  openStores: () => postgresStores(),
  sweep: sweepFaults,
});
