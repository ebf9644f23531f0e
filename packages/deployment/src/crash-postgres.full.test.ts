import { noPostgres } from "./testing/crash/postgres-server.ts";
import { testSweeps } from "./testing/crash/sweep-tests.ts";

testSweeps(
  "every point with every interruption, every fault and every point of what comes next, in PostgreSQL",
  {
    kind: "postgres",
    skip: noPostgres,
  },
);
