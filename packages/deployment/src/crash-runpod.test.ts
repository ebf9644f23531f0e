import { join } from "node:path";
import { coreScenarios } from "./testing/crash/core-scenarios.ts";
import { testCrashesOver } from "./testing/crash/crash-tests.ts";
import { noPostgres } from "./testing/crash/postgres-server.ts";
import { postgresStores } from "./testing/crash/postgres-stores.ts";
import { runpodProviders } from "./testing/crash/runpod/runpod-providers.ts";
import { sqliteStores } from "./testing/crash/sqlite-stores.ts";
import type { StoreKind } from "./testing/crash/store-kind.ts";
import { sampleFaults } from "./testing/crash/sweep-faults.ts";

/** All databases that there can be on this machine. */
async function databases(
  folder: string,
): Promise<AsyncDisposable & { readonly kinds: readonly StoreKind[] }> {
  const kinds = [await sqliteStores(folder), ...(noPostgres === false ? [await postgresStores()] : [])];
  return {
    kinds,
    async [Symbol.asyncDispose]() {
      for (const stores of kinds) await stores[Symbol.asyncDispose]();
    },
  };
}

testCrashesOver(runpodProviders, "the RunPod stand-in, every second fault at a point", {
  openStores: (folder) => databases(join(folder, "stores")),
  sweep: (harness, scenario, { kinds }) =>
    sampleFaults(harness, scenario, { stores: kinds, turn: coreScenarios.indexOf(scenario), step: 2 }),
});
