import { noPostgres } from "./testing/crash/postgres-server.ts";
import { testSweeps } from "./testing/crash/sweep-tests.ts";

testSweeps("the RunPod stand-in, every point with every fault, in PostgreSQL", {
  provider: "runpod",
  kind: "postgres",
  skip: noPostgres,
});
