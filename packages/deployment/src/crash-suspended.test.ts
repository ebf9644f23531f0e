import { noPostgres } from "./testing/crash/postgres-server.ts";
import { testProcessCrashes } from "./testing/crash/process/process-crash-tests.ts";
import { findProcessScenario } from "./testing/crash/process/process-scenarios.ts";
import { postgresPlace, sqlitePlace } from "./testing/crash/process/store-place.ts";

/** Where it has made sure of its lease for the last time before it asks the provider for something. */
const sweepAt = (point: number) => () =>
  ({ points: [point], interruption: "suspend", pairs: false }) as const;

testProcessCrashes("a process that SIGSTOP keeps from acting until its lease is another's, in SQLite", {
  concurrency: 1,
  scenarios: [findProcessScenario("deploy")],
  openPlace: sqlitePlace,
  sweepOf: sweepAt(9),
});

testProcessCrashes("a process that SIGSTOP keeps from acting until its lease is another's, in PostgreSQL", {
  skip: noPostgres,
  concurrency: 1,
  scenarios: [findProcessScenario("update")],
  openPlace: postgresPlace,
  sweepOf: sweepAt(8),
});
