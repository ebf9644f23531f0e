import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { CrashHarness } from "../crash-harness.ts";
import type { StoreKind } from "../store-kind.ts";
import { Tally } from "../tally.ts";
import { upTo } from "../up-to.ts";
import { type ProcessCaseSpec, runProcessCase } from "./process-case.ts";
import type { ProcessScenario } from "./process-scenario.ts";
import { processScenarios } from "./process-scenarios.ts";
import type { StorePlace } from "./store-place.ts";

/** Distance of the points at which a recovery is killed. */
const RECOVERY_STEP = 7;

/** Which cases there are of an operation. */
export interface ProcessSweep {
  /** Points at which its process is interrupted. Default: all that there are. */
  readonly points?: readonly number[] | undefined;
  /** Default `kill`. */
  readonly interruption?: ProcessCaseSpec["interruption"] | undefined;
  /** Whether the recovery is killed, too, at some of its points, which are others each time. */
  readonly pairs: boolean;
}

/** What is different from test to test. */
export interface ProcessCrashTests {
  readonly skip?: string | false;
  /** Operations that are under way at the same time. */
  readonly concurrency: number;
  readonly scenarios?: readonly ProcessScenario[] | undefined;
  openPlace(): Promise<StorePlace>;
  sweepOf(scenario: ProcessScenario): ProcessSweep;
}

/** One test for each operation on real processes whose own process is interrupted for real. The counts are printed. */
export function testProcessCrashes(
  what: string,
  { skip = false, concurrency, scenarios = processScenarios, openPlace, sweepOf }: ProcessCrashTests,
): void {
  test(what, { skip, concurrency }, async (context) => {
    await using place = await openPlace();
    await Promise.all(
      scenarios.map((scenario) =>
        context.test(scenario.name, async (each: TestContext) => {
          await using harness = await CrashHarness.create();
          await using stores = await place.open(join(harness.directory, "stores"));
          const tally = new Tally();
          await sweep(scenario, stores, sweepOf(scenario), harness.directory, tally);
          each.diagnostic(`${what}, ${scenario.name}: ${tally.summary()}`);
          assert.deepEqual(tally.failed, []);
        }),
      ),
    );
  });
}

async function sweep(
  scenario: ProcessScenario,
  stores: StoreKind,
  { points, interruption = "kill", pairs }: ProcessSweep,
  folder: string,
  tally: Tally,
): Promise<void> {
  const followed = new Set<string>();
  /** Pictures that the recovery was killed from; fewer than those that were followed, which a second kill may have left. */
  const killedFrom = new Set<string>();
  let cases = 0;
  const run = async (spec: Pick<ProcessCaseSpec, "at" | "second">) => {
    // The path of a Unix socket is short.
    const directory = join(folder, String(++cases));
    const result = await runProcessCase({ scenario, stores, interruption, followed, ...spec }, directory);
    tally.add({ scenario, stores, faults: [], interruption, ...spec }, result);
    return result;
  };
  const interruptAt = async (at: number): Promise<boolean> => {
    const { interrupted, picture } = await run({ at });
    if (!pairs || killedFrom.has(picture)) return interrupted;
    killedFrom.add(picture);
    await upTo(async (killedAt) => (await run({ at, second: { task: "recover", killedAt } })).secondKilled, {
      first: 1 + (at % RECOVERY_STEP),
      step: RECOVERY_STEP,
    });
    return interrupted;
  };
  if (points === undefined) await upTo(interruptAt);
  else for (const at of points) await interruptAt(at);
}
