import { join } from "node:path";
import { testCrashesOver } from "./testing/crash/crash-tests.ts";
import { runpodProviders } from "./testing/crash/runpod/runpod-providers.ts";
import { sqliteStores } from "./testing/crash/sqlite-stores.ts";
import { sweepFaults } from "./testing/crash/sweep-faults.ts";

testCrashesOver(runpodProviders, "the RunPod stand-in, every point with every fault, in SQLite", {
  openStores: (folder) => sqliteStores(join(folder, "stores")),
  sweep: sweepFaults,
});
