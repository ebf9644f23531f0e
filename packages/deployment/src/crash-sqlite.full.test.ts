import { join } from "node:path";
import { testCrashes } from "./testing/crash/crash-tests.ts";
import { sweepAll } from "./testing/crash/saved-sweep.ts";
import { sqliteStores } from "./testing/crash/sqlite-stores.ts";

testCrashes("every point with every interruption, every fault and every point of what comes next", {
  openStores: (folder) => sqliteStores(join(folder, "stores")),
  sweep: sweepAll,
});
