import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MaxModelLenError } from "../estimate/max-model-len-error.ts";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { offer } from "../testing/offers.ts";
import type { OfferingConstraints } from "./constraints.ts";
import { InsufficientVramError } from "./insufficient-vram-error.ts";
import { InvalidConstraintError } from "./invalid-constraint-error.ts";
import { InvalidWorkloadError } from "./invalid-workload-error.ts";
import { NoOfferingError } from "./no-offering-error.ts";
import { selectOffering } from "./select-offering.ts";
import type { PlannedModel } from "./workload.ts";

const MODEL: PlannedModel = {
  id: "Qwen3-of-8B",
  config: denseConfig(44, 4096, 8),
  maxModelLen: 32_768,
  maxModelConcurrency: 8,
};

/** The error of a selection; whole, so that its message can be compared. */
function failure(
  offerings: Parameters<typeof selectOffering>[0]["offerings"],
  constraints: OfferingConstraints = {},
  models: readonly PlannedModel[] = [MODEL],
): unknown {
  try {
    selectOffering({ workload: { models, runtime: TEST_RUNTIME }, offerings, constraints });
  } catch (error) {
    return error;
  }
  return assert.fail("a selection");
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : assert.fail();
}

describe("no offering with enough memory", () => {
  test("proposes dearer machines, and calls none unoffered that is", () => {
    const offerings = [
      offer("L4", 1, 0.39, { region: "EU" }),
      offer("L4", 4, 0.39, { region: "US" }),
      offer("H100 SXM", 1, 2.69, { region: "EU" }),
    ];
    const found = message(failure(offerings, { regions: ["EU"], maxPriceMicroDollarsPerHour: 2_000_000 }));
    assert.match(
      found,
      /without the constraint maxPriceMicroDollarsPerHour it fits 1 x H100 SXM at \$2\.69\/h/,
    );
    assert.match(found, /without the constraint regions it fits 4 x L4 at \$1\.56\/h/);
    assert.doesNotMatch(found, /on 4 x L4 it would fit/);
  });

  test("tells what is missing, and ways out that were tried", () => {
    const error = failure([offer("L4", 1, 0.39), offer("A40", 1, 0.4)]);
    assert.ok(InsufficientVramError.isInstance(error));
    assert.equal(
      error.message,
      [
        "Expected 60.6 GiB for Qwen3-of-8B (weights 15.6 GiB, KV cache 44.0 GiB), found 42.7 GiB on 1 x A40, the closest: 17.9 GiB are missing.",
        "  with maxModelLen 16384 it fits 1 x A40 at $0.40/h",
        "  with maxModelConcurrency 4 it fits 1 x A40 at $0.40/h",
        "  with an FP8 KV cache it fits 1 x A40 at $0.40/h",
        "  on 2 x A40 it would fit ($0.80/h at the price per GPU of 1 x A40)",
        "  on 1 x H100_80GB_HBM3 (79.2 GiB) it would fit",
      ].join("\n"),
    );
  });

  test("tells of all models where all have to share a device", () => {
    const error = failure([offer("L4", 1, 0.39), offer("RTX 4090", 4, 0.4)], { singleDevice: true }, [
      { ...MODEL, maxModelLen: 1024 },
      { ...MODEL, id: "Qwen3-of-2B", config: denseConfig(24, 2048, 8), maxModelLen: 2048 },
    ]);
    assert.ok(InsufficientVramError.isInstance(error));
    assert.equal(
      error.message,
      [
        "Expected 23.0 GiB for Qwen3-of-8B and Qwen3-of-2B (weights 18.3 GiB, KV cache 2.9 GiB), found 22.3 GiB on 1 of the GPUs of 4 x RTX 4090, the closest: 642 MiB are missing.",
        "  with maxModelLen 1024 it fits 4 x RTX 4090 at $1.60/h",
        "  with maxModelConcurrency 4 it fits 1 x L4 at $0.39/h",
        "  with an FP8 KV cache it fits 4 x RTX 4090 at $1.60/h",
        "  with the FP8 variant it fits 1 x L4 at $0.39/h",
        "  with the INT4 (AWQ) variant it fits 1 x L4 at $0.39/h",
        "  without the constraint singleDevice it fits 2 x L4 at $0.78/h",
        "  on 1 x RTX_PRO_4500_BLACKWELL_SERVER (31.6 GiB) it would fit",
      ].join("\n"),
    );
  });

  test("gives its figures as numbers, each way out with its plan", () => {
    const error = failure([offer("L4", 1, 0.39)]);
    assert.ok(InsufficientVramError.isInstance(error));
    assert.equal(error.headroomBytes, error.availableBytes - error.requiredBytes);
    assert.ok(error.headroomBytes < 0);
    assert.deepEqual(
      error.models.map(({ id, tensorParallel, fitsAlone }) => [id, tensorParallel, fitsAlone]),
      [["Qwen3-of-8B", 1, false]],
    );
    for (const way of error.waysOut) {
      if (way.kind === "gpu") continue;
      const { plan = assert.fail(way.message) } = way;
      assert.ok(plan.gpus.every(({ usedBytes, budgetBytes }) => usedBytes <= budgetBytes));
      assert.ok(way.message.includes(`$${(plan.priceMicroDollarsPerHour / 1e6).toFixed(2)}/h`));
    }
  });

  test("says so where nothing would help", () => {
    const error = failure([offer("RTX 3070", 1, 0.1)], { singleDevice: true }, [
      { ...MODEL, config: denseConfig(400, 12_288, 8), maxModelLen: 256, maxModelConcurrency: 1 },
    ]);
    assert.equal(
      message(error),
      [
        "Expected 1089.9 GiB for Qwen3-of-8B (weights 1089.0 GiB, KV cache 400 MiB), found 7.4 GiB on 1 x RTX 3070, the closest: 1082.5 GiB are missing.",
        "  No shorter context, smaller concurrency, other format or GPU does.",
      ].join("\n"),
    );
  });
});

describe("no offering that meets the constraints", () => {
  test("tells how many fail by what, and what those that come closest lack", () => {
    const error = failure(
      [
        offer("H100 SXM", 1, 2.69, { region: "US" }),
        offer("H200", 1, 3.5),
        offer("A40", 2, 0.4, { region: "EU", uptimePercent: 98 }),
        offer("L4", 1, 0.39, { region: "EU", uptimePercent: 99.9 }),
      ],
      { regions: ["EU", "CA"], minUptimePercent: 99, enterprise: true, spot: true },
    );
    assert.ok(NoOfferingError.isInstance(error));
    assert.equal(
      error.message,
      [
        "Expected an offering that meets the constraints, found none of 4 (ENTERPRISE 4, SPOT 4, UPTIME 3, REGION 2, VRAM 1). Closest:",
        "  2 x A40: expected a data centre for enterprises, found nothing stated; expected a spot machine, found an on-demand machine; expected an uptime of at least 99 %, found 98 %",
        "  1 x L4: expected 60.6 GiB on one device for Qwen3-of-8B, found 1 x 21.4 GiB; expected a data centre for enterprises, found nothing stated; expected a spot machine, found an on-demand machine",
        "  1 x H100 SXM: expected a data centre for enterprises, found nothing stated; expected the region EU or CA, found US; expected a spot machine, found an on-demand machine; expected an uptime of at least 99 %, found nothing stated",
      ].join("\n"),
    );
    assert.equal(error.counts.ENTERPRISE, 4);
    assert.equal(error.rejected.length, 4);
  });

  test("asks for offerings where there are none", () => {
    assert.equal(
      message(failure([])),
      "Expected offerings to choose from, found none: ask the provider for its list.",
    );
  });
});

describe("what could run nowhere", () => {
  const offerings = [offer("L4", 1, 0.39)];

  test("is a GPU that the catalogue lacks", () => {
    const error = failure(offerings, { gpu: "H100" });
    assert.ok(InvalidConstraintError.isInstance(error));
    assert.equal(
      error.message,
      'Expected the constraint gpu to be a GPU of the catalogue such as L4, found "H100".',
    );
  });

  test("is half a GPU, or a negative price", () => {
    assert.equal(
      message(failure(offerings, { numGpus: 0.5 })),
      "Expected the constraint numGpus to be a whole number from 1, found 0.5.",
    );
    assert.equal(
      message(failure(offerings, { maxPriceMicroDollarsPerHour: -1 })),
      "Expected the constraint maxPriceMicroDollarsPerHour to be a number from 0, found -1.",
    );
  });

  const meaningless: readonly (readonly [constraints: object, found: string])[] = [
    [{ gpu: null }, "gpu to be a GPU of the catalogue such as L4, found null"],
    [{ gpu: { RUNPOD: "H100" } }, 'gpu to be a GPU of the catalogue such as L4, found "H100"'],
    [{ regions: [] }, "regions to be a string, found none"],
    [
      { architecture: [] },
      "architecture to be VOLTA, TURING, AMPERE, ADA, HOPPER, BLACKWELL or CDNA3, found none",
    ],
    [
      { architecture: "AMPER" },
      'architecture to be VOLTA, TURING, AMPERE, ADA, HOPPER, BLACKWELL or CDNA3, found "AMPER"',
    ],
    [{ spot: "yes" }, 'spot to be a boolean, found "yes"'],
    [{ minAvailable: Number.NaN }, "minAvailable to be a whole number from 1, found NaN"],
  ];
  for (const [constraints, found] of meaningless) {
    test(`is the constraint ${found}`, () => {
      const error = failure(offerings, constraints);
      assert.ok(InvalidConstraintError.isInstance(error));
      assert.equal(error.message, `Expected the constraint ${found}.`);
    });
  }

  test("is a constraint that there is not", () => {
    const constraints = { regin: ["EU"] } as OfferingConstraints;
    assert.equal(
      message(failure(offerings, constraints)),
      'Expected the constraint name to be singleDevice, gpu, numGpus, interconnect, numaLocal, architecture, maxPriceMicroDollarsPerHour, regions, spot, maxAvailable, minAvailable, minUptimePercent, enterprise, minTokensPerSecond or maxTimeToFirstTokenMs, found "regin".',
    );
  });

  test("is an objective that there is not", () => {
    const objective = "best" as "cheapest";
    assert.throws(() => selectOffering({ workload: { models: [MODEL] }, offerings, objective }), {
      code: "INVALID_CONSTRAINT",
      constraint: "objective",
      message:
        'Expected the constraint objective to be cheapest, cheapest-per-vram, cheapest-per-token or fastest, found "best".',
    });
  });

  test("is no model, or one twice", () => {
    const none = failure(offerings, {}, []);
    assert.ok(InvalidWorkloadError.isInstance(none));
    assert.equal(none.message, "Expected at least one model, found none.");
    assert.equal(
      message(failure(offerings, {}, [MODEL, MODEL])),
      "Expected models of different ids, found Qwen3-of-8B twice.",
    );
  });

  test("is no whole number of replicas", () => {
    assert.throws(() => selectOffering({ workload: { models: [MODEL], replicas: 0 }, offerings }), {
      message: "Expected replicas to be a whole number from 1, found 0.",
    });
  });

  test("is a context that the model does not have", () => {
    const error = failure(offerings, {}, [{ ...MODEL, maxModelLen: 200_000 }]);
    assert.ok(MaxModelLenError.isInstance(error));
  });
});
