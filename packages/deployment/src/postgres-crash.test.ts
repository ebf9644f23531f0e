import assert from "node:assert/strict";
import { test } from "node:test";
import { StateStoreUnavailableError } from "@conduit/state";
import { coreScenarios } from "./testing/crash/core-scenarios.ts";
import { CrashHarness } from "./testing/crash/crash-harness.ts";
import { crashingServer } from "./testing/crash/database-faults/lost-server.ts";
import { noPostgres, startPostgres } from "./testing/crash/postgres-server.ts";
import { postgresStoresOn } from "./testing/crash/postgres-stores.ts";

/** Long enough for a server that starts again, even on a busy machine. */
const PATIENCE_MS = 120_000;
const NO_PATIENCE_MS = 500;

const creating = coreScenarios.filter(({ name }) => name === "deploy" || name === "update");

for (const comesBack of ["at once", "later"] as const) {
  test(`PostgreSQL that crashes between a create and its record, and comes back ${comesBack}`, {
    skip: noPostgres,
  }, async (context) => {
    await using server = await startPostgres();
    await using harness = await CrashHarness.create();
    const reconnectTimeoutMs = comesBack === "at once" ? PATIENCE_MS : NO_PATIENCE_MS;
    await using stores = await postgresStoresOn(server, { reconnectTimeoutMs });
    for (const each of creating) {
      const { scenario, failure } = crashingServer(each, server, { comesBack });
      const at = Number.POSITIVE_INFINITY;
      await harness.run({ scenario, stores, faults: [], interruption: "kill", at });
      const error = failure();
      if (comesBack === "at once") assert.equal(error, undefined, each.name);
      else assert(error instanceof StateStoreUnavailableError, `${each.name}: ${error}`);
    }
    context.diagnostic(harness.tally.summary());
    assert.deepEqual(harness.tally.failed, []);
  });
}
