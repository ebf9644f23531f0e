// Sweeps over all cases of one operation, and tells what was found as JSON.
//
//   sweep-child.ts <kind of store> <name of the scenario>
import { join } from "node:path";
import { CrashHarness } from "./crash-harness.ts";
import { memoryStores } from "./memory-stores.ts";
import { postgresStores } from "./postgres-stores.ts";
import { sweepAll } from "./saved-sweep.ts";
import { findScenario } from "./scenarios.ts";
import { sqliteStores } from "./sqlite-stores.ts";
import type { StoreKind } from "./store-kind.ts";
import type { SweepReport } from "./sweep-tests.ts";

const [kind = "", name = ""] = process.argv.slice(2);
await using harness = await CrashHarness.create();
await using stores = await openStores(kind);
await sweepAll(harness, findScenario(name), stores);
const { tally } = harness;
const report: SweepReport = { summary: tally.summary(), failed: tally.failed };
console.log(JSON.stringify(report));

async function openStores(name: string): Promise<StoreKind> {
  if (name === "memory") return memoryStores();
  if (name === "postgres") return await postgresStores();
  // That each process opens its database anew is what other tests have; here it would take longer than what is done with it.
  return { ...(await sqliteStores(join(harness.directory, "stores"))), isShared: true };
}
