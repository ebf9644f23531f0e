import { noPostgres } from "./testing/crash/postgres-server.ts";
import { testProcessCrashes } from "./testing/crash/process/process-crash-tests.ts";
import { postgresPlace, sqlitePlace } from "./testing/crash/process/store-place.ts";

const everyPoint = { concurrency: 4, sweepOf: () => ({ pairs: true }) };

testProcessCrashes(
  "real processes, the one that operates killed at every point, and the one that recovers at some, in SQLite",
  {
    ...everyPoint,
    openPlace: sqlitePlace,
  },
);

testProcessCrashes(
  "real processes, the one that operates killed at every point, and the one that recovers at some, in PostgreSQL",
  { ...everyPoint, skip: noPostgres, openPlace: postgresPlace },
);
