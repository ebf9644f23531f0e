import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { offer } from "../testing/offers.ts";
import { type SelectOfferingOptions, selectOffering } from "./select-offering.ts";
import type { PlannedModel } from "./workload.ts";

/** 16 GB of weights; 24 heads and 8 key-value heads. */
const EIGHT: PlannedModel = {
  id: "eight",
  config: denseConfig(44, 4096, 8),
  maxModelLen: 4096,
  maxModelConcurrency: 8,
};
/** 3 GB of weights. */
const SMALL: PlannedModel = { ...EIGHT, id: "small", config: denseConfig(24, 2048, 8) };

function select(models: readonly PlannedModel[], options: Omit<SelectOfferingOptions, "workload">) {
  return selectOffering({ workload: { models, runtime: TEST_RUNTIME }, ...options });
}

function chosen(models: readonly PlannedModel[], options: Omit<SelectOfferingOptions, "workload">): string {
  return select(models, options).plan.offering.id;
}

describe("objectives", () => {
  const offerings = [
    offer("L4", 1, 0.5),
    offer("RTX 4090", 1, 0.7),
    offer("A40", 1, 0.6),
    offer("H100 SXM", 1, 2.5),
    offer("H100 SXM", 4, 2.5),
  ];

  test("cheapest takes the fewest dollars per hour", () => {
    assert.equal(chosen([SMALL], { offerings }), "1 x L4");
    assert.equal(chosen([EIGHT], { offerings }), "1 x A40");
  });

  test("cheapest-per-vram takes the fewest dollars per byte that programs find", () => {
    // 0.6 / 45.0 of the A40 against 0.5 / 22.5 of the L4.
    assert.equal(chosen([SMALL], { offerings, objective: "cheapest-per-vram" }), "1 x A40");
  });

  test("cheapest-per-token takes the fewest dollars per token, dear machines or not", () => {
    // 1008 GB/s for 0.7 against 300 for 0.5, 696 for 0.6 and 3350 for 2.5.
    assert.equal(chosen([SMALL], { offerings, objective: "cheapest-per-token" }), "1 x RTX 4090");
  });

  test("fastest takes what multiplies and reads most, whatever it costs", () => {
    assert.equal(chosen([EIGHT], { offerings, objective: "fastest" }), "4 x H100 SXM");
  });

  test("offerings of unknown speed come last where speed counts, and not where it does not", () => {
    const unknown = offer("Z900", 1, 0.1, { architecture: "ADA", gpuMemoryBytes: 96 * 2 ** 30 });
    const all = [unknown, ...offerings];
    assert.equal(chosen([SMALL], { offerings: all }), "1 x Z900");
    for (const objective of ["cheapest-per-token", "fastest"] as const) {
      const { alternatives } = select([SMALL], { offerings: all, objective });
      assert.equal(alternatives.at(-1)?.offering.id, "1 x Z900");
    }
  });
});

describe("several models", () => {
  test("share a GPU where that is cheaper", () => {
    const { plan } = select([EIGHT, SMALL], { offerings: [offer("A40", 1, 0.4), offer("RTX 4090", 1, 0.3)] });
    assert.equal(plan.offering.id, "1 x A40");
    assert.deepEqual(
      plan.gpus.map(({ models }) => models),
      [["eight", "small"]],
    );
    assert.equal(plan.nodeCount, 1);
  });

  test("lie apart on several machines where that is cheaper", () => {
    const { plan } = select([EIGHT, SMALL], {
      offerings: [offer("A40", 1, 0.4), offer("RTX 4090", 1, 0.15)],
    });
    assert.equal(plan.offering.id, "1 x RTX 4090");
    assert.equal(plan.nodeCount, 2);
    assert.equal(plan.priceMicroDollarsPerHour, 300_000);
  });

  test("lie apart on the GPUs of one machine where it has them", () => {
    const { plan } = select([SMALL, { ...SMALL, id: "other" }], { offerings: [offer("L40", 2, 0.4)] });
    assert.deepEqual(
      plan.gpus.map(({ models }) => models),
      [["small"], ["other"]],
    );
    assert.ok(plan.speeds?.every(({ tokensPerSecond }) => tokensPerSecond > 0));
  });
});

describe("tensor parallelism", () => {
  test("divides a model over GPUs that hold it only together", () => {
    const { plan } = select([EIGHT], { offerings: [offer("L4", 2, 0.4)] });
    assert.deepEqual(
      plan.placements.map(({ tensorParallel, gpus }) => [tensorParallel, gpus]),
      [[2, [0, 1]]],
    );
  });

  test("does not divide heads that do not come out even", () => {
    const six = { ...EIGHT, config: denseConfig(44, 4096, 6) };
    const { plan } = select([six], { offerings: [offer("RTX A4000", 4, 0.2)] });
    assert.deepEqual(
      plan.placements.map(({ tensorParallel }) => tensorParallel),
      [3],
    );
  });

  test("leaves GPUs that heads do not reach to further copies, among which the sequences divide", () => {
    const two = { ...EIGHT, config: denseConfig(44, 4096, 2) };
    const { plan } = select([two], { offerings: [offer("H100 SXM", 8, 2.5)] });
    assert.deepEqual(
      plan.placements.map(({ tensorParallel }) => tensorParallel),
      [2, 2, 2, 2],
    );
    assert.equal(plan.replicas, 1);
  });

  test("leaves no GPU idle where a copy on each is faster, whatever their number", () => {
    const one = { ...EIGHT, config: denseConfig(44, 4096, 1), maxModelLen: 32_768 };
    const { plan } = select([one], { offerings: [offer("A40", 3, 0.4)] });
    assert.deepEqual(
      plan.placements.map(({ gpus }) => gpus),
      [[0], [1], [2]],
    );
  });
});

describe("replicas", () => {
  test("are as many as the user says, each for all sequences", () => {
    const workload = { models: [EIGHT], runtime: TEST_RUNTIME };
    const one = selectOffering({ workload, offerings: [offer("A40", 1, 0.4)] });
    const three = selectOffering({
      workload: { ...workload, replicas: 3 },
      offerings: [offer("A40", 1, 0.4)],
    });
    assert.equal(three.plan.nodeCount, 3);
    assert.equal(three.plan.priceMicroDollarsPerHour, 3 * one.plan.priceMicroDollarsPerHour);
    assert.ok(Math.abs((three.plan.tokensPerSecond ?? 0) / (one.plan.tokensPerSecond ?? 1) - 3) < 1e-9);
  });

  test("are as many as the least speed takes", () => {
    const one = select([EIGHT], { offerings: [offer("A40", 1, 0.4)] });
    const minTokensPerSecond = 2.5 * (one.plan.tokensPerSecond ?? 0);
    const { plan } = select([EIGHT], {
      offerings: [offer("A40", 1, 0.4)],
      constraints: { minTokensPerSecond },
    });
    assert.equal(plan.replicas, 3);
    assert.ok((plan.tokensPerSecond ?? 0) >= minTokensPerSecond);
  });

  test("fill the number of GPUs that was asked for", () => {
    const { plan } = select([EIGHT], { offerings: [offer("A40", 1, 0.4)], constraints: { numGpus: 3 } });
    assert.deepEqual([plan.nodeCount, plan.gpuCount, plan.replicas], [3, 3, 3]);
  });
});

describe("a least speed", () => {
  const alone = select([SMALL], { offerings: [offer("L4", 1, 0.5)] }).plan.tokensPerSecond ?? 0;

  test("gives copies machines of their own where they are too slow on one", () => {
    const { plan } = select([SMALL], {
      offerings: [offer("L4", 1, 0.5)],
      constraints: { minTokensPerSecond: 1.5 * alone },
    });
    assert.deepEqual([plan.nodeCount, plan.replicas], [2, 2]);
    assert.ok(Math.abs((plan.tokensPerSecond ?? 0) / alone - 2) < 1e-6);
  });

  test("gives models machines of their own where they are too slow on one", () => {
    const other = { ...SMALL, id: "other" };
    const offerings = [offer("L4", 1, 0.5)];
    assert.equal(select([SMALL, other], { offerings }).plan.nodeCount, 1);
    const { plan } = select([SMALL, other], { offerings, constraints: { minTokensPerSecond: alone } });
    assert.deepEqual([plan.nodeCount, plan.replicas], [2, 1]);
  });
});

test("one sequence is no faster on several copies", () => {
  const model = { ...SMALL, maxModelConcurrency: 1, maxModelLen: 32768 };
  const speed = (gpuCount: number) =>
    select([model], { offerings: [offer("A40", gpuCount, 0.4)], constraints: { interconnect: true } }).plan
      .tokensPerSecond;
  assert.equal(speed(8), speed(1));
});

describe("constraints on speed", () => {
  const offerings = [offer("L4", 2, 0.4), offer("A40", 1, 0.5), offer("H100 SXM", 1, 2.5)];

  test("reject with what the roofline allows at the most", () => {
    const constraints = { maxTimeToFirstTokenMs: 60, minTokensPerSecond: 500 };
    const { plan, rejected } = select([EIGHT], { offerings, constraints });
    assert.equal(plan.offering.id, "1 x H100 SXM");
    assert.ok(plan.speeds?.every(({ timeToFirstTokenMs }) => timeToFirstTokenMs <= 60));
    for (const { reasons } of rejected)
      assert.deepEqual(
        reasons.map(({ code }) => code),
        ["TIME_TO_FIRST_TOKEN"],
      );
    assert.match(
      rejected[0]?.reasons[0]?.message ?? "",
      /^expected the first token within 60 ms, found \d+ ms at the least$/,
    );
  });

  test("reject devices of unknown speed", () => {
    const unknown = offer("Z900", 1, 0.1, { architecture: "ADA", gpuMemoryBytes: 96 * 2 ** 30 });
    const { rejected } = select([EIGHT], {
      offerings: [unknown, ...offerings],
      constraints: { minTokensPerSecond: 1 },
    });
    assert.deepEqual(
      rejected.map(({ reasons }) => reasons),
      [
        [
          {
            code: "TOKENS_PER_SECOND",
            stated: false,
            message: "expected 1 tokens/s of every model, found nothing stated",
          },
        ],
      ],
    );
  });
});

describe("a GPU that the user names", () => {
  const offerings = [
    offer("A40", 1, 0.4),
    offer("H100 SXM", 1, 2.5, { provider: "LOCAL" }),
    offer("L40S", 1, 0.9),
  ];

  test("overrides the choice, by any of its names", () => {
    assert.equal(chosen([EIGHT], { offerings, constraints: { gpu: "NVIDIA L40S" } }), "1 x L40S");
  });

  test("holds for the provider that it is named for", () => {
    const { plan, rejected } = select([EIGHT], { offerings, constraints: { gpu: { RUNPOD: "L40S" } } });
    assert.equal(plan.offering.id, "1 x L40S");
    assert.deepEqual(
      rejected.map(({ offering }) => offering.id),
      ["1 x A40"],
    );
  });
});

test("a machine without a GPU is an offering, too", () => {
  const host = offer("", 0, 0, { id: "host", provider: "LOCAL", memoryBytes: 64 * 2 ** 30 });
  const { gpu: _none, ...facts } = host;
  const selection = selectOffering({ workload: { models: [SMALL] }, offerings: [facts] });
  assert.equal(selection.plan.gpuCount, 0);
  assert.match(selection.plan.explain(), /^CPU machine at \$0\.00\/h \(LOCAL, host, on demand\)/);
});
