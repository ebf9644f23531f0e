import type { Generation } from "../points/generation.ts";
import { type CrashCase, type Outcome, type SavedCase, untilInterrupted } from "./crash-case.ts";
import type { ProviderFault } from "./provider-kind.ts";
import { doTask, type SecondKill } from "./run-case.ts";
import type { Scenario } from "./scenario.ts";

/** What a kill at a point leaves. */
export interface Remains<Fault extends ProviderFault> {
  /** From 1 on. */
  readonly at: number;
  /** `undefined` for what is left where nobody is killed. */
  readonly point: string | undefined;
  /** `undefined` where a transaction that was held back kept the store; what was saved tells it. */
  readonly picture: string | undefined;
  /** `undefined` where an earlier point has left the same. */
  readonly saved: SavedCase<Fault> | undefined;
}

export interface KilledTask<Fault extends ProviderFault> {
  readonly scenario: Scenario;
  readonly task: SecondKill["task"];
  readonly faults: readonly Fault[];
}

/**
 * Takes down what a kill at each point of a task would leave, while its process stands still there, and in the end what is left where nobody is
 * killed.
 */
export async function killEverywhere<Fault extends ProviderFault>(
  crash: CrashCase<Fault>,
  { scenario, task, faults }: KilledTask<Fault>,
): Promise<{ readonly remains: readonly Remains<Fault>[]; readonly outcome: Outcome }> {
  const remains: Remains<Fault>[] = [];
  const taken = new Set<string>();
  const takeDown = async (point: string | undefined, generation: Generation) => {
    const [at, last] = [remains.length + 1, remains.at(-1)];
    if (last !== undefined && point !== undefined && generation.isAsBefore) {
      remains.push({ at, point, picture: last.picture, saved: undefined });
      return;
    }
    const picture = generation.isHolding ? undefined : await crash.picture();
    const isTaken = picture !== undefined && taken.has(picture);
    if (picture !== undefined) taken.add(picture);
    remains.push({ at, point, picture, saved: isTaken ? undefined : await crash.save() });
  };
  const run = await crash.start((tools) => doTask(scenario, task, tools), { faults, atPoint: takeDown });
  const outcome = await untilInterrupted(run);
  if (outcome.kind === "stuck") return { remains, outcome };
  await crash.end(run);
  await takeDown(undefined, run.generation);
  return { remains, outcome };
}
