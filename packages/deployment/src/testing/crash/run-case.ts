import type { Interruption } from "../points/generation.ts";
import { Aftermath, LONG_MS } from "./aftermath.ts";
import { CrashCase, type Run, untilEnded, untilInterrupted } from "./crash-case.ts";
import type { Finding } from "./finding.ts";
import { pointFailure } from "./point-failure.ts";
import type { ProviderFault, ProviderKind } from "./provider-kind.ts";
import type { Scenario, Tools } from "./scenario.ts";
import type { StoreKind } from "./store-kind.ts";

export interface CaseSpec<Fault extends ProviderFault> {
  readonly scenario: Scenario;
  readonly stores: StoreKind;
  readonly faults: readonly Fault[];
  readonly interruption: Interruption;
  /** Point of the operation at which it is interrupted, from 1 on. */
  readonly at: number;
  /** What the process does that comes next, and its point at which it is killed. Default: nothing. */
  readonly second?: SecondKill | undefined;
}

export interface SecondKill {
  readonly task: "recover" | "operate";
  /** From 1 on. */
  readonly killedAt: number;
}

export interface CaseResult {
  /** The point that was interrupted; `undefined` where the operation has fewer. */
  readonly point: string | undefined;
  /** Whether the process that came next got as far as where it was to be killed. */
  readonly secondKilled: boolean;
  /** What the interruptions have left; of a process that is suspended, while it is. */
  readonly picture: string;
  readonly findings: readonly Finding[];
}

/** Interrupts an operation at one point, lets others recover, and compares what is left; does it again, and compares once more. */
export async function runCase<Fault extends ProviderFault>(
  spec: CaseSpec<Fault>,
  directory: string,
  providers: ProviderKind<Fault>,
): Promise<CaseResult> {
  await using crash = await CrashCase.create(directory, spec.stores, providers);
  const { scenario, faults, interruption, at } = spec;
  const aftermath = new Aftermath({ scenario, faults }, crash);
  const prepared = await crash.run((tools) => scenario.prepare(tools), { faults: [] });
  aftermath.requireCompleted("to prepare", prepared);
  const failure = pointFailure;
  const operation = await crash.start((tools) => scenario.operate(tools), {
    faults,
    interruption,
    at,
    failure,
  });
  const outcome = await untilInterrupted(operation);
  aftermath.noteIfStuck("the operation", outcome);
  const isSuspended = outcome.kind === "interrupted" && interruption === "suspend";
  if (!isSuspended && outcome.kind !== "stuck") await crash.end(operation);
  const secondKilled = await killSecond(spec, crash, aftermath);
  const point = operation.generation.reached[at - 1];
  const picture = await crash.picture();
  if (isSuspended) await wakeLate(operation, crash, aftermath);
  await aftermath.follow();
  return { point, secondKilled, picture, findings: aftermath.findings };
}

/** Whether the process that comes next got as far as to be killed. */
async function killSecond<Fault extends ProviderFault>(
  { scenario, faults, second }: CaseSpec<Fault>,
  crash: CrashCase<Fault>,
  aftermath: Aftermath<Fault>,
): Promise<boolean> {
  if (second === undefined) return false;
  const { task, killedAt: at } = second;
  crash.clock.advance(LONG_MS);
  const outcome = await crash.run((tools) => doTask(scenario, task, tools), {
    faults,
    interruption: "kill",
    at,
  });
  aftermath.noteIfStuck(`the ${task} that was to be killed`, outcome);
  return outcome.kind === "interrupted";
}

/** Does what a scenario's process does; a recovery is of interest from its beginning on. */
export function doTask(scenario: Scenario, task: SecondKill["task"], tools: Tools): Promise<void> {
  if (task === "recover") tools.begin();
  return scenario[task](tools);
}

/** Lets an operation that was suspended go on to its end when others have long done what it left. */
export async function wakeLate<Fault extends ProviderFault>(
  operation: Run,
  crash: CrashCase<Fault>,
  aftermath: Aftermath<Fault>,
): Promise<void> {
  // What comes next depends on what it remembers, too, and so is not known from others.
  await aftermath.settle();
  operation.generation.resume();
  aftermath.noteIfStuck("the operation that was resumed", await untilEnded(operation));
  await crash.end(operation);
}
