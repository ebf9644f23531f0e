import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { offer } from "../testing/offers.ts";
import type { LayoutFreedom, SpeedGoals } from "./layout.ts";
import { type Machine, machineOf } from "./machine.ts";
import { Filling, type PackItem, packModels } from "./pack-models.ts";
import { Planner } from "./planner.ts";
import { prepareDemands } from "./prepare-demands.ts";
import type { PlannedModel } from "./workload.ts";

const FREEDOM: LayoutFreedom = { spanning: true, singleDevice: false };

/** Counts how often the search asks what a device loses to the runtime: once for everything that it considers to lie on one. */
class CountingPlanner extends Planner {
  asked = 0;

  override overheadBytes(modelCount: number, degree: number, machine: Machine): number {
    this.asked += 1;
    return super.overheadBytes(modelCount, degree, machine);
  }
}

function modelsOf(count: number, maxModelConcurrency = 8): readonly PlannedModel[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `model-${index}`,
    config: denseConfig(8 + 7 * (index % 5), 3072, 8),
    maxModelLen: 4096,
    maxModelConcurrency,
  }));
}

/** What is asked for a layout, and on how many machines it is. */
function work(models: readonly PlannedModel[], gpu: string, gpuCount: number, goals: SpeedGoals = {}) {
  const machine = machineOf(offer(gpu, gpuCount, 1, { interconnect: "NVLINK" }));
  if ("missing" in machine) return assert.fail(machine.missing);
  const planner = new CountingPlanner(prepareDemands({ models }), TEST_RUNTIME, goals);
  const layout = planner.layout(machine, FREEDOM) ?? assert.fail("no layout");
  return { asked: planner.asked, machines: layout.machines.length, copies: layout.placed.length };
}

describe("the search for a layout looks at no more than it has to", () => {
  const cases: readonly (readonly [string, ReturnType<typeof work>, number])[] = [
    ["five models on eight GPUs", work(modelsOf(5), "L40S", 8), 8000],
    ["five models that hardly fit on eight GPUs", work(modelsOf(5, 24), "L4", 8), 8000],
    ["one model on 128 GPUs", work(modelsOf(1, 512), "H100 SXM", 128), 300],
    ["one model on 1,024 GPUs", work(modelsOf(1, 512), "H100 SXM", 1024), 300],
    ["five models on 1,024 GPUs", work(modelsOf(5), "H100 SXM", 1024), 8000],
    ["twenty models on eight GPUs", work(modelsOf(20), "H100 SXM", 8), 2000],
    ["twenty models on one GPU", work(modelsOf(20), "L4", 1), 2000],
    ["five models at 2,000 tokens/s", work(modelsOf(5), "L4", 4, { minTokensPerSecond: 2000 }), 5000],
    ["five models at 20,000 tokens/s", work(modelsOf(5), "L40S", 8, { minTokensPerSecond: 20_000 }), 5000],
  ];
  for (const [name, { asked, machines }, most] of cases) {
    test(name, () => {
      assert.ok(machines > 0);
      assert.ok(asked <= most, `${asked} questions, on ${machines} machines`);
    });
  }
});

describe("packing copies gives up soon", () => {
  for (const copies of [8, 64, 256]) {
    test(`${copies} of five models on too few machines`, () => {
      let looks = 0;
      const items = [9, 8, 7, 6, 5].map(
        (size, model): PackItem => ({
          ...{ model, degree: 1, bytes: size, maxRoundSeconds: Number.POSITIVE_INFINITY, bound: "bandwidth" },
          get seconds() {
            looks += 1;
            return 0;
          },
        }),
      );
      const empty = new Filling({ deviceCount: 1, budgetBytes: 16, overheadBytes: () => 0 });
      const machines = Math.ceil((copies * 35) / 16);
      assert.equal(packModels(items, copies, empty, machines), undefined);
      assert.ok(
        looks < 40 * 5 * copies * machines,
        `${looks / 5 / copies / machines} looks per item and machine`,
      );
    });
  }
});
