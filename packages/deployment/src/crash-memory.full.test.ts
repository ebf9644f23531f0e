import { testSweeps } from "./testing/crash/sweep-tests.ts";

testSweeps("every point with every interruption, every fault and every point of what comes next, in memory", {
  kind: "memory",
});
