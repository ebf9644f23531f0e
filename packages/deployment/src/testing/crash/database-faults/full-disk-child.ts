// Runs the cases of a full disk, on a small one, and tells what was found as JSON.
//
//   full-disk-child.ts <folder where the small disk is mounted> <step in pages> <names of scenarios as JSON>
import { join } from "node:path";
import { CrashHarness } from "../crash-harness.ts";
import { findScenario } from "../scenarios.ts";
import { sqliteStores } from "../sqlite-stores.ts";
import type { FullDiskReport } from "./full-disk.ts";
import { sweepFullDisk } from "./full-disk-sweep.ts";
import { SmallDisk } from "./small-disk.ts";

const [folder = "", step = "", names = ""] = process.argv.slice(2);
await using harness = await CrashHarness.create();
const disk = new SmallDisk(folder);
await using stores = disk.stores(await sqliteStores(join(harness.directory, "stores")));
const unclear: string[] = [];
for (const name of JSON.parse(names) as readonly string[]) {
  const scenario = findScenario(name);
  unclear.push(...(await sweepFullDisk(harness, { scenario, disk, stores, step: Number(step) })));
}
const { tally } = harness;
const report: FullDiskReport = { summary: tally.summary(), failed: tally.failed, unclear };
console.log(JSON.stringify(report));
