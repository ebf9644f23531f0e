import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ComputeOffering } from "@conduit/types";
import fc from "fast-check";
import { GPUS } from "../catalogue/gpus.ts";
import { resolveGpu } from "../catalogue/resolve-gpu.ts";
import { models, offerings, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { type BestPlacement, bestPlacement } from "../testing/brute-force.ts";
import { InsufficientVramError } from "./insufficient-vram-error.ts";
import type { SpeedGoals } from "./layout.ts";
import { NoOfferingError } from "./no-offering-error.ts";
import { type Selection, type SelectOfferingOptions, selectOffering } from "./select-offering.ts";
import type { PlannedModel } from "./workload.ts";

const RUNS = 150;

/** One sequence each, so that there are no further copies to divide sequences among. */
const lonelyModels = models.map((all) => all.map((one) => ({ ...one, maxModelConcurrency: 1 })));

/** Few enough for trying everything. */
const fewOfferings = offerings.map((all) =>
  all.slice(0, 4).map((one) => ({ ...one, gpuCount: Math.min(one.gpuCount, 3) })),
);

const speeds = fc.record(
  {
    minTokensPerSecond: fc.constantFrom(5, 10, 15, 20, 30, 40, 60, 100),
    maxTimeToFirstTokenMs: fc.constantFrom(200, 1000, 5000),
  },
  { requiredKeys: ["minTokensPerSecond"] },
);

function attempt(options: Omit<SelectOfferingOptions, "workload">, planned: readonly PlannedModel[]) {
  try {
    return selectOffering({ ...options, workload: { models: planned, runtime: TEST_RUNTIME, replicas: 1 } });
  } catch (error) {
    if (InsufficientVramError.isInstance(error) || NoOfferingError.isInstance(error)) return undefined;
    throw error;
  }
}

/** What brute force finds for each offering on which there is anything. */
function placements(
  planned: readonly PlannedModel[],
  offered: readonly ComputeOffering[],
  wanted: SpeedGoals = {},
): ReadonlyMap<string, BestPlacement> {
  const freedom = { spanning: true, singleDevice: false, ...wanted };
  return new Map(
    offered.flatMap((offering) => {
      if (GPUS[resolveGpu(offering.gpu ?? "") ?? assert.fail()].architecture === "VOLTA") return [];
      const best = bestPlacement(planned, TEST_RUNTIME, offering, freedom);
      const { available = Number.POSITIVE_INFINITY } = offering;
      return best === undefined || best.machines > available ? [] : [[offering.id, best] as const];
    }),
  );
}

function assertClose(found: number, expected: number): void {
  assert.ok(Math.abs(found / expected - 1) < 1e-6, `${found} instead of ${expected}`);
}

function plansOf(selection: Selection | undefined) {
  return selection === undefined ? [] : [selection.plan, ...selection.alternatives];
}

describe("selectOffering, where speed counts", () => {
  test("finds on every offering the fewest machines that reach the speeds, as brute force does", () => {
    const seen = { chosen: 0, rejected: 0 };
    fc.assert(
      fc.property(lonelyModels, fewOfferings, speeds, (planned, offered, constraints) => {
        const plans = plansOf(attempt({ offerings: offered, constraints }, planned));
        const expected = placements(planned, offered, constraints);
        assert.deepEqual(
          new Map(plans.map(({ offering, nodeCount }) => [offering.id, nodeCount])),
          new Map([...expected].map(([id, { machines }]) => [id, machines])),
        );
        seen.chosen += plans.length;
        seen.rejected += offered.length - plans.length;
        for (const { speeds: reached = [] } of plans) {
          for (const { tokensPerSecond, timeToFirstTokenMs } of reached) {
            assert.ok(tokensPerSecond >= (constraints.minTokensPerSecond ?? 0) * (1 - 1e-6));
            assert.ok(timeToFirstTokenMs <= (constraints.maxTimeToFirstTokenMs ?? Number.POSITIVE_INFINITY));
          }
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(seen.chosen > RUNS / 2 && seen.rejected > RUNS / 2, JSON.stringify(seen));
  });

  test("fastest takes the shortest round that brute force finds on the fewest machines of each offering", () => {
    fc.assert(
      fc.property(lonelyModels, fewOfferings, (planned, offered) => {
        const plans = plansOf(attempt({ offerings: offered, objective: "fastest" }, planned));
        const expected = placements(planned, offered);
        assert.equal(plans.length, expected.size);
        for (const plan of plans) {
          const { roundSeconds } = expected.get(plan.offering.id) ?? assert.fail();
          assertClose(plan.tokensPerSecond ?? 0, planned.length / roundSeconds);
        }
        const [chosen] = plans;
        const shortest = Math.min(...[...expected.values()].map(({ roundSeconds }) => roundSeconds));
        if (chosen !== undefined) assertClose(chosen.tokensPerSecond ?? 0, planned.length / shortest);
      }),
      { numRuns: RUNS },
    );
  });

  test("cheapest-per-token takes the fewest dollars for as many tokens of each model's, as brute force does", () => {
    fc.assert(
      fc.property(lonelyModels, fewOfferings, (planned, offered) => {
        const [chosen] = plansOf(attempt({ offerings: offered, objective: "cheapest-per-token" }, planned));
        const prices = offered.flatMap(({ id, priceMicroDollarsPerHour }) => {
          const { machines, roundSeconds } = placements(planned, offered).get(id) ?? {};
          if (machines === undefined || roundSeconds === undefined) return [];
          return [((machines * priceMicroDollarsPerHour) / 3600) * (roundSeconds / planned.length) * 1e6];
        });
        assert.equal(chosen === undefined, prices.length === 0);
        if (chosen !== undefined) assertClose(chosen.microDollarsPerMillionTokens ?? 0, Math.min(...prices));
      }),
      { numRuns: RUNS },
    );
  });

  test("takes as many replicas on cards of their own as the least speed needs, and no more", () => {
    const [small] = [fc.sample(lonelyModels, { seed: 1, numRuns: 1 })[0]?.slice(0, 1) ?? assert.fail()];
    const offered = [
      {
        ...({ id: "one", provider: "RUNPOD", gpu: "B200", gpuCount: 1 } as const),
        ...{ priceMicroDollarsPerHour: 1, spot: false },
      },
    ];
    const workload = { models: small, runtime: TEST_RUNTIME };
    const alone = selectOffering({ workload, offerings: offered }).plan.tokensPerSecond ?? 0;
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 20, noNaN: true }), (factor) => {
        const constraints = { minTokensPerSecond: factor * alone };
        const { plan } = selectOffering({ workload, offerings: offered, constraints });
        assert.equal(plan.nodeCount, Math.max(1, Math.ceil(factor - 1e-9)));
      }),
      { numRuns: RUNS },
    );
  });
});
