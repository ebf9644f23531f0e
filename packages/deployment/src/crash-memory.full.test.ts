import { testCrashes } from "./testing/crash/crash-tests.ts";
import { memoryStores } from "./testing/crash/store-kind.ts";
import { sweepAll } from "./testing/crash/sweep.ts";

testCrashes("every point with every interruption, every fault and every point of what comes next", {
  openStores: async () => memoryStores(),
  sweep: (harness, scenario, stores) => sweepAll(harness, scenario, stores, { toTheEnd: true }),
});
