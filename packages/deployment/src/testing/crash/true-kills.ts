import { join } from "node:path";
import { ManualClock } from "../clock/manual-clock.ts";
import { StandInWorld } from "../stand-in/stand-in-world.ts";
import { type ChildStep, runChild } from "./child-step.ts";
import { CrashCase } from "./crash-case.ts";
import type { CrashHarness } from "./crash-harness.ts";
import { pictureOf } from "./picture.ts";
import type { Scenario } from "./scenario.ts";
import { standInProviders } from "./stand-in-providers.ts";
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
  for (let at = 1; ; at += step) {
    const directory = join(harness.directory, `kill-${at}`);
    const real = await killForReal(`${directory}-real`, scenario, stores, at);
    const simulated = await killInSimulation(`${directory}-simulated`, scenario, stores, at);
    yield { at, real: real.picture, simulated: simulated.picture };
    if (!real.killed && !simulated.killed) return;
  }
}

async function killForReal(directory: string, scenario: Scenario, stores: StoreKind, killAt: number) {
  await using crash = await CrashCase.create(directory, stores, standInProviders);
  const uri = stores.uri(directory);
  if (uri === undefined)
    throw new Error(`expected a store that other processes find, but it is ${stores.name}`);
  const step = { directory, uri, scenario: scenario.name } satisfies Partial<ChildStep>;
  await runChild({ ...step, task: "prepare" });
  const killed = await runChild({ ...step, task: "operate", killAt });
  await using store = await crash.open();
  const clock = new ManualClock({ file: join(directory, "clock") });
  return { killed, picture: await pictureOf(store, new StandInWorld(directory, clock)) };
}

async function killInSimulation(directory: string, scenario: Scenario, stores: StoreKind, at: number) {
  await using crash = await CrashCase.create(directory, stores, standInProviders);
  await crash.run((tools) => scenario.prepare(tools));
  const outcome = await crash.run((tools) => scenario.operate(tools), { interruption: "kill", at });
  await using store = await crash.open();
  return { killed: outcome.kind === "interrupted", picture: await pictureOf(store, crash.world) };
}
