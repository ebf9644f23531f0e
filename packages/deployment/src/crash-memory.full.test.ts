import { testCrashes } from "./testing/crash/crash-tests.ts";
import { memoryStores } from "./testing/crash/memory-stores.ts";
import { sweepAll } from "./testing/crash/saved-sweep.ts";

testCrashes("every point with every interruption, every fault and every point of what comes next", {
  openStores: async () => memoryStores(),
  sweep: sweepAll,
});
