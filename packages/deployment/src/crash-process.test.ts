import { noPostgres } from "./testing/crash/postgres-server.ts";
import { testProcessCrashes } from "./testing/crash/process/process-crash-tests.ts";
import { processScenarios } from "./testing/crash/process/process-scenarios.ts";
import { postgresPlace, sqlitePlace } from "./testing/crash/process/store-place.ts";

/** Points by which the process has had an effect; the full tests have all of them. */
const points = new Map(processScenarios.map(({ name }, index) => [name, [8 + (index % 5)]]));
const sweepOf = ({ name }: { readonly name: string }) => ({ points: points.get(name), pairs: false });
const isEven = (_: unknown, index: number) => index % 2 === 0;

// Most of the time is waiting for each other's processes to take note.
const concurrency = 4;

testProcessCrashes("real processes, the one that operates killed once, in SQLite", {
  concurrency,
  scenarios: processScenarios.filter(isEven),
  openPlace: sqlitePlace,
  sweepOf,
});

testProcessCrashes("real processes, the one that operates killed once, in PostgreSQL", {
  skip: noPostgres,
  concurrency,
  scenarios: processScenarios.filter((each, index) => !isEven(each, index)),
  openPlace: postgresPlace,
  sweepOf,
});
