import { join } from "node:path";
import { ManualClock } from "../clock/manual-clock.ts";
import { StandInWorld } from "../stand-in/stand-in-world.ts";
import { type ChildStep, runChild } from "./child-step.ts";
import { CrashCase } from "./crash-case.ts";
import type { CrashHarness } from "./crash-harness.ts";
import { pictureOf } from "./picture.ts";
import { killEverywhere } from "./remains.ts";
import type { Scenario } from "./scenario.ts";
import { folderProviders } from "./stand-in-providers.ts";
import type { StoreKind } from "./store-kind.ts";
import type { Which } from "./up-to.ts";

/** What a kill at one point leaves, from a process that was killed and from one that was only simulated. */
export interface TwoKills {
  readonly at: number;
  readonly real: string;
  readonly simulated: string;
}

/** Kills processes at points of an operation, and compares what they leave with what a simulated kill does. */
export async function* killBothWays(
  harness: CrashHarness,
  scenario: Scenario,
  stores: StoreKind,
  { step }: Pick<Which, "step">,
): AsyncGenerator<TwoKills> {
  const simulated = await killInSimulation(harness, scenario, stores);
  for (let at = 1; at <= simulated.length; at += step) {
    const real = await killForReal(harness.nextDirectory(), scenario, stores, at);
    yield { at, real, simulated: simulated[at - 1] ?? "nothing" };
  }
}

async function killForReal(directory: string, scenario: Scenario, stores: StoreKind, killAt: number) {
  await using crash = await CrashCase.create(directory, stores, folderProviders);
  const uri = stores.uri(directory);
  if (uri === undefined)
    throw new Error(`expected a store that other processes find, but it is ${stores.name}`);
  const step = { directory, uri, scenario: scenario.name } satisfies Partial<ChildStep>;
  await runChild({ ...step, task: "prepare" });
  await runChild({ ...step, task: "operate", killAt });
  const clock = new ManualClock({ file: join(directory, "clock") });
  return await pictureOf(await crash.store(), new StandInWorld(directory, clock));
}

/** Pictures of what is left by point, and of what is left where nobody is killed. */
async function killInSimulation(harness: CrashHarness, scenario: Scenario, stores: StoreKind) {
  const { providers } = harness;
  await using crash = await CrashCase.create(harness.nextDirectory(), stores, providers);
  await crash.run((tools) => scenario.prepare(tools));
  const { remains } = await killEverywhere(crash, { scenario, task: "operate", faults: [] });
  const pictures: string[] = [];
  for (const { picture, saved } of remains) {
    if (picture !== undefined || saved === undefined) pictures.push(picture ?? pictures.at(-1) ?? "");
    else {
      await using other = await CrashCase.create(harness.nextDirectory(), stores, providers, saved);
      pictures.push(await other.picture());
    }
  }
  return pictures;
}
