import { noPostgres } from "./testing/crash/postgres-server.ts";
import { testProcessCrashes } from "./testing/crash/process/process-crash-tests.ts";
import { postgresPlace, sqlitePlace } from "./testing/crash/process/store-place.ts";

const everyPoint = {
  concurrency: 4,
  sweepOf: () => ({ interruption: "suspend", pairs: false }) as const,
};

testProcessCrashes("a process that SIGSTOP keeps from acting, at every point, in SQLite", {
  ...everyPoint,
  openPlace: sqlitePlace,
});

testProcessCrashes("a process that SIGSTOP keeps from acting, at every point, in PostgreSQL", {
  ...everyPoint,
  skip: noPostgres,
  openPlace: postgresPlace,
});
