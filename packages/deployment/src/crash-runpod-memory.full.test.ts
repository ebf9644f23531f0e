import { testSweeps } from "./testing/crash/sweep-tests.ts";

testSweeps("the RunPod stand-in, every point with every fault, in memory", {
  provider: "runpod",
  kind: "memory",
});
