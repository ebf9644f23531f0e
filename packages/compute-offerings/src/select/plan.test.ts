import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { offer } from "../testing/offers.ts";
import { selectOffering } from "./select-offering.ts";

const model = (id: string, layers: number) => ({
  id,
  config: denseConfig(layers, 4096, 8),
  maxModelLen: 4096,
  maxModelConcurrency: 8,
});

const { plan } = selectOffering({
  workload: { models: [model("large", 70), model("small", 12)], runtime: TEST_RUNTIME, replicas: 2 },
  offerings: [offer("RTX A6000", 2, 0.495, { region: "EU", interconnect: "NVLINK" })],
});

describe("a plan explains itself", () => {
  test("as tables", () => {
    assert.equal(
      plan.explain(),
      `2 x RTX A6000 at $0.99/h (RUNPOD, 2 x RTX A6000, EU, on demand, 2 replicas)

memory per GPU  copies  GPUs each   weights  KV cache  activations  overhead
large                2          1  24.6 GiB   8.8 GiB      512 MiB   512 MiB
small                2          1   4.6 GiB   1.5 GiB      512 MiB   512 MiB

device      used        of     free  models
0, 1    41.2 GiB  45.6 GiB  4.4 GiB  large + small

at most  tokens/s  per sequence  first token  of a prompt of  bound by
large         339          21.2       342 ms            2048  bandwidth
small         339          21.2      58.6 ms            2048  bandwidth

At least $0.406 per million tokens of answers, every sequence busy.`,
    );
  });

  test("as data that is what the tables show", () => {
    const json = plan.explain("json");
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), JSON.parse(JSON.stringify(json)));
    assert.equal(json.priceMicroDollarsPerHour, json.nodeCount * 990_000);
    assert.equal(json.gpuCount, 2 * json.nodeCount);
    // Two replicas of two models with eight sequences each, as fast as the slowest.
    const slowest = Math.min(...(json.speeds ?? []).map((speed) => speed.tokensPerSecondPerSequence));
    const total = 2 * 2 * 8 * slowest;
    assert.equal(json.tokensPerSecond, total);
    const perMillion = json.priceMicroDollarsPerHour / (total * 3600e-6);
    assert.ok(Math.abs((json.microDollarsPerMillionTokens ?? 0) / perMillion - 1) < 1e-12);
    assert.equal(json.headroomBytes, Math.min(...json.gpus.map((gpu) => gpu.budgetBytes - gpu.usedBytes)));
  });

  test("with memory on each GPU that is the sum of what lies there", () => {
    const [overhead = 0] = [TEST_RUNTIME.overheadBytes({ tensorParallel: 1, modelCount: 1 })];
    for (const { node, gpu, usedBytes, models } of plan.gpus) {
      const here = plan.placements.filter((place) => place.node === node && place.gpus.includes(gpu));
      assert.deepEqual(here.map(({ id }) => id).sort(), models.toSorted());
      assert.ok(usedBytes >= here.reduce((sum, { bytesPerGpu }) => sum + bytesPerGpu, overhead));
    }
  });
});
