import { testCrashesOver } from "./testing/crash/crash-tests.ts";
import { memoryStores } from "./testing/crash/memory-stores.ts";
import { runpodProviders } from "./testing/crash/runpod/runpod-providers.ts";
import { sweepFaults } from "./testing/crash/sweep-faults.ts";

testCrashesOver(runpodProviders, "the RunPod stand-in, every point with every fault, in memory", {
  openStores: async () => memoryStores(),
  sweep: sweepFaults,
});
