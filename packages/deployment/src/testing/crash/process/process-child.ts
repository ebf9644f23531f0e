// Does one step of a scenario with nodes that are real processes, and kills itself at a point of it.
//
//   process-child.ts <step as JSON>
import { LocalProvider } from "@conduit/provider-local";
import { reconcile } from "../../../index.ts";
import { instrumentProvider } from "../../points/instrument-provider.ts";
import { instrumentStore } from "../../points/instrument-store.ts";
import { ProcessPoints } from "../../points/process-points.ts";
import { openDatabase } from "../store-kind.ts";
import { findProcessScenario } from "./process-scenarios.ts";
import type { ProcessStep } from "./process-step.ts";
import { ProcessWorld } from "./process-world.ts";
import { timeOf } from "./shifted-time.ts";

const step: ProcessStep = JSON.parse(process.argv[2] ?? "");
const { directory, uri, scenario, task } = step;
const points = new ProcessPoints(step);
await using database = await openDatabase(uri, timeOf(directory));
const store = instrumentStore(database, points);
const provider = instrumentProvider(new LocalProvider({ directory }), points);
if (task === "operate") {
  const begin = () => points.arm();
  await findProcessScenario(scenario).operate({
    directory,
    provider,
    store,
    world: new ProcessWorld(directory),
    begin,
  });
} else {
  points.arm();
  await reconcile({ store, providers: [provider] });
}
