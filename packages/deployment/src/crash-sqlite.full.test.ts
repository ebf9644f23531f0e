import { join } from "node:path";
import { testCrashes } from "./testing/crash/crash-tests.ts";
import { sweepAll } from "./testing/crash/saved-sweep.ts";
import { sqliteStores } from "./testing/crash/sqlite-stores.ts";

testCrashes("every point with every interruption, every fault and every point of what comes next", {
  // That another process finds the same is what other tests show; to open a database takes longer than most of what is done with it.
  openStores: async (folder) => ({ ...(await sqliteStores(join(folder, "stores"))), isShared: true }),
  sweep: sweepAll,
});
