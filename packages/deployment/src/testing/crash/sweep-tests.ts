import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { childEnvironment } from "./child-step.ts";
import { coreScenarios } from "./core-scenarios.ts";
import type { StoreKind } from "./store-kind.ts";
import type { FailedCase } from "./tally.ts";

export interface SweepReport {
  readonly summary: string;
  readonly failed: readonly FailedCase[];
}

const program = fileURLToPath(new URL("./sweep-child.ts", import.meta.url));

/** Which cases. */
export interface SweepTests {
  readonly kind: StoreKind["name"];
  /** Default `stand-in`. */
  readonly provider?: "stand-in" | "runpod" | undefined;
  readonly skip?: string | false;
}

/** One test for each operation, with all cases that it has, in a process of its own; as many at a time as there are cores. */
export function testSweeps(what: string, { skip = false, ...cases }: SweepTests): void {
  const concurrency = availableParallelism();
  test(what, { skip, concurrency }, async (context) => {
    await Promise.all(
      coreScenarios.map(({ name }) =>
        context.test(name, async (each: TestContext) => {
          const startMs = performance.now();
          const { summary, failed } = await sweepInChild(name, cases);
          const seconds = Math.round((performance.now() - startMs) / 1_000);
          each.diagnostic(`${what}, ${name}: ${summary}; ${seconds} s`);
          assert.deepEqual(failed, []);
        }),
      ),
    );
  });
}

async function sweepInChild(
  scenario: string,
  { kind, provider = "stand-in" }: Omit<SweepTests, "skip">,
): Promise<SweepReport> {
  const child = ["--conditions=@conduit/source", program, provider, kind, scenario];
  const { stdout } = await promisify(execFile)(process.execPath, child, {
    env: childEnvironment,
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as SweepReport;
}
