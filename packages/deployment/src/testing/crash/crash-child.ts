// Does one step of a scenario, and kills itself at a point of it; says how many points it has reached.
//
//   crash-child.ts <step as JSON>
import { join } from "node:path";
import { ManualClock } from "../clock/manual-clock.ts";
import { instrumentProvider } from "../points/instrument-provider.ts";
import { instrumentStore } from "../points/instrument-store.ts";
import { ProcessPoints } from "../points/process-points.ts";
import { StandInProvider } from "../stand-in/stand-in-provider.ts";
import { StandInWorld } from "../stand-in/stand-in-world.ts";
import type { ChildStep } from "./child-step.ts";
import { findScenario } from "./scenarios.ts";
import { capabilities, standInProviders } from "./stand-in-providers.ts";
import { openDatabase } from "./store-kind.ts";

const step: ChildStep = JSON.parse(process.argv[2] ?? "");
const { directory, uri, scenario, task } = step;
const points = new ProcessPoints(step);
const clock = new ManualClock({ file: join(directory, "clock") });
clock.advanceWhenIdle(() => points.isBusy);
await using store = await openDatabase(uri, clock);
await findScenario(scenario)[task]({
  provider: instrumentProvider(new StandInProvider({ directory, clock, capabilities }), points),
  offerings: standInProviders.offerings,
  store: instrumentStore(store, points),
  clock,
  world: new StandInWorld(directory, clock),
  begin: () => points.arm(),
});
console.log(points.reached);
