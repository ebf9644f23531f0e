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

/** What kills of real processes leave, and which of that no simulated kill does. */
export interface TrueKills {
  /** How many points there were. */
  readonly points: number;
  readonly missed: readonly { readonly at: number; readonly picture: string }[];
}

/**
 * Kills processes at points of an operation, and looks for what they leave among what simulated kills do. Where an operation does several
 * things at a time, which of them has come how far by a point differs from run to run.
 */
export async function killForReal(
  harness: CrashHarness,
  scenario: Scenario,
  stores: StoreKind,
  { step }: Pick<Which, "step">,
): Promise<TrueKills> {
  const simulated = await killInSimulation(harness, scenario, stores);
  const missed: { at: number; picture: string }[] = [];
  for (let at = 1, points = 0; ; at += step) {
    const { killed, picture } = await killOnce(harness.nextDirectory(), scenario, stores, at);
    if (!simulated.includes(picture)) missed.push({ at, picture });
    if (!killed) return { points, missed };
    points++;
  }
}

async function killOnce(directory: string, scenario: Scenario, stores: StoreKind, killAt: number) {
  await using crash = await CrashCase.create(directory, stores, folderProviders);
  const uri = stores.uri(directory);
  if (uri === undefined)
    throw new Error(`expected a store that other processes find, but it is ${stores.name}`);
  const step = { directory, uri, scenario: scenario.name } satisfies Partial<ChildStep>;
  await runChild({ ...step, task: "prepare" });
  const killed = await runChild({ ...step, task: "operate", killAt });
  const clock = new ManualClock({ file: join(directory, "clock") });
  return { killed, picture: pictureOf(await crash.content(), new StandInWorld(directory, clock)) };
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
