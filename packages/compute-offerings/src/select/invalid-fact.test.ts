import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ComputeOffering } from "@conduit/types";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { offer } from "../testing/offers.ts";
import { selectOffering } from "./select-offering.ts";

const model = { id: "small", config: denseConfig(24, 2048, 8), maxModelLen: 1024 };

/** What is said of an offering beside one that does. */
function reasonsAgainst(facts: object): readonly string[] {
  const wrong = { ...offer("L4", 1, 0.1), ...facts } as ComputeOffering;
  const offerings = [wrong, offer("A40", 1, 0.4)];
  const { plan, rejected } = selectOffering({
    workload: { models: [model], runtime: TEST_RUNTIME },
    offerings,
    objective: "cheapest",
  });
  assert.equal(plan.offering.id, "1 x A40");
  assert.equal(rejected[0]?.offering, wrong);
  return rejected.flatMap(({ reasons }) => reasons.map(({ code, message }) => `${code}: ${message}`));
}

describe("an offering whose facts cannot be", () => {
  const wrong: readonly (readonly [facts: object, found: string])[] = [
    [
      { priceMicroDollarsPerHour: Number.NaN },
      "priceMicroDollarsPerHour to be a whole number from 0, found NaN",
    ],
    [{ priceMicroDollarsPerHour: -1 }, "priceMicroDollarsPerHour to be a whole number from 0, found -1"],
    [
      { priceMicroDollarsPerHour: undefined },
      "priceMicroDollarsPerHour to be a whole number from 0, found nothing stated",
    ],
    [{ gpuCount: -1 }, "gpuCount to be a whole number from 0, found -1"],
    [{ gpuCount: Number.NaN }, "gpuCount to be a whole number from 0, found NaN"],
    [{ gpuCount: 1.5 }, "gpuCount to be a whole number from 0, found 1.5"],
    [{ gpuCount: "2" }, 'gpuCount to be a whole number from 0, found "2"'],
    [{ gpuMemoryBytes: Number.NaN }, "gpuMemoryBytes to be a whole number from 0, found NaN"],
    [{ memoryBytes: null }, "memoryBytes to be a whole number from 0, found null"],
    [{ available: Number.NaN }, "available to be a whole number from 0, found NaN"],
    [{ gpu: null }, "gpu to be a string, found null"],
    [{ gpu: 4 }, "gpu to be a string, found 4"],
    [{ gpu: "Z900" }, "an architecture, or a GPU of the catalogue, found nothing stated"],
    [{ id: undefined }, "id to be a name, found nothing stated"],
    [{ id: "" }, 'id to be a name, found ""'],
    [{ provider: undefined }, "provider to be a name, found nothing stated"],
    [{ provider: 7 }, "provider to be a name, found 7"],
    [{ spot: "no" }, 'spot to be a boolean, found "no"'],
    [{ spot: undefined }, "spot to be a boolean, found nothing stated"],
    [
      { architecture: "ADA_LOVELACE" },
      'architecture to be VOLTA, TURING, AMPERE, ADA, HOPPER, BLACKWELL or CDNA3, found "ADA_LOVELACE"',
    ],
    [{ interconnect: "nvlink" }, 'interconnect to be NVLINK, INFINITY_FABRIC or PCIE, found "nvlink"'],
    [{ numaLocal: 1 }, "numaLocal to be a boolean, found 1"],
    [{ cpuCount: 0 }, "cpuCount to be a whole number from 1, found 0"],
    [{ region: 3 }, "region to be a string, found 3"],
    [{ enterprise: "true" }, 'enterprise to be a boolean, found "true"'],
    [{ uptimePercent: 101 }, "uptimePercent to be a number from 0 to 100, found 101"],
    [{ uptimePercent: Number.NaN }, "uptimePercent to be a number from 0 to 100, found NaN"],
  ];
  for (const [facts, found] of wrong) {
    const name = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`);
    test(`is turned down: ${name} (${found.slice(-6)})`, () => {
      assert.deepEqual(reasonsAgainst(facts), [`FACTS: expected ${found}`]);
    });
  }

  test("hides no way out on a machine of the same kind", () => {
    const offerings = [
      offer("L4", 1, 0.39),
      { ...offer("L4", 1, 0.39), priceMicroDollarsPerHour: Number.NaN },
      { ...offer("L4", 2, 0.39), gpu: 4 } as unknown as ComputeOffering,
    ];
    const large = { id: "large", config: denseConfig(44, 4096, 8), maxModelLen: 32_768 };
    assert.throws(
      () =>
        selectOffering({
          workload: { models: [{ ...large, maxModelConcurrency: 8 }], runtime: TEST_RUNTIME },
          offerings,
        }),
      { code: "INSUFFICIENT_VRAM", message: /with maxModelLen 2048 it fits 1 x L4 at \$0\.39\/h/ },
    );
  });
});
