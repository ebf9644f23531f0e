// Sweeps over all cases of one operation, and tells what was found as JSON.
//
//   sweep-child.ts <stand-in or runpod> <kind of store> <name of the scenario>
import { join } from "node:path";
import { CrashHarness } from "./crash-harness.ts";
import { memoryStores } from "./memory-stores.ts";
import { postgresStores } from "./postgres-stores.ts";
import type { ProviderFault, ProviderKind } from "./provider-kind.ts";
import { runpodProviders } from "./runpod/runpod-providers.ts";
import { sweepAll } from "./saved-sweep.ts";
import type { Scenario } from "./scenario.ts";
import { findScenario } from "./scenarios.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import { standInProviders } from "./stand-in-providers.ts";
import type { StoreKind } from "./store-kind.ts";
import { sweepFaults } from "./sweep-faults.ts";
import type { SweepReport } from "./sweep-tests.ts";

const [provider = "", kind = "", name = ""] = process.argv.slice(2);
const found =
  provider === "runpod"
    ? await report(await runpodProviders(), sweepFaults)
    : await report(standInProviders, sweepAll);
console.log(JSON.stringify(found));

async function report<Fault extends ProviderFault>(
  providers: ProviderKind<Fault>,
  sweep: (harness: CrashHarness<Fault>, scenario: Scenario, stores: StoreKind) => Promise<void>,
): Promise<SweepReport> {
  await using harness = await CrashHarness.over(providers);
  await using stores = await openStores(harness.directory);
  await sweep(harness, findScenario(name), stores);
  return { summary: harness.tally.summary(), failed: harness.tally.failed };
}

async function openStores(folder: string): Promise<StoreKind> {
  if (kind === "memory") return memoryStores();
  if (kind === "postgres") return await postgresStores();
  // That each process opens its database anew is what other tests have; here it would take longer than what is done with it.
  return { ...(await sqliteStores(join(folder, "stores"))), isShared: true };
}
