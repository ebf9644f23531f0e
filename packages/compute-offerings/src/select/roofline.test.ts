import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GPUS } from "../catalogue/gpus.ts";
import { estimateVram } from "../estimate/estimate-vram.ts";
import { denseConfig, TEST_RUNTIME } from "../testing/arbitraries.ts";
import { type Machine, machineOf } from "./machine.ts";
import { prepareDemands } from "./prepare-demands.ts";
import { decodeStep, promptStep } from "./roofline.ts";
import type { Demand, PlannedModel } from "./workload.ts";

const CONFIG = denseConfig(32, 3072, 8);
const MOE = {
  ...CONFIG,
  architectures: ["Qwen3MoeForCausalLM"],
  model_type: "qwen3_moe",
  num_experts: 64,
  num_experts_per_tok: 4,
  moe_intermediate_size: 768,
};

function demandOf(model: Partial<PlannedModel>): Demand {
  const models = [{ id: "model", config: CONFIG, maxModelLen: 4096, maxModelConcurrency: 16, ...model }];
  return prepareDemands({ models })[0] ?? assert.fail();
}

function machine(gpu: string, gpuCount = 1, interconnect?: "NVLINK" | "PCIE"): Machine {
  const linked = interconnect === undefined ? {} : { interconnect };
  const found = machineOf({
    ...{ id: "x", provider: "RUNPOD", gpu, gpuCount, priceMicroDollarsPerHour: 1, spot: false, ...linked },
  });
  return "missing" in found ? assert.fail(found.missing) : found;
}

function decode(demand: Demand, on: Machine, degree: number, sequences: number) {
  const { maxModelLen, maxModelConcurrency } = demand;
  const options = { maxModelLen, maxModelConcurrency, tensorParallel: degree, runtime: TEST_RUNTIME };
  const estimate = estimateVram(demand.shape, options);
  return { estimate, step: decodeStep(demand, estimate, on, degree, sequences) ?? assert.fail() };
}

function assertClose(found: number, expected: number): void {
  assert.ok(Math.abs(found / expected - 1) < 1e-9, `${found} instead of ${expected}`);
}

describe("the roofline", () => {
  test("of one sequence is its weights by the bandwidth", () => {
    const demand = demandOf({ maxModelConcurrency: 1, maxModelLen: 16 });
    const { estimate, step } = decode(demand, machine("L4"), 1, 1);
    assert.equal(step.bound, "bandwidth");
    assertClose(step.seconds, (demand.shape.activeWeightsBytes + estimate.kvCacheBytes / 2) / 300e9);
  });

  test("of enough sequences is arithmetic, and counts two operations per parameter and token but the embeddings", () => {
    const demand = demandOf({ maxModelConcurrency: 4096, maxModelLen: 16 });
    const { step } = decode(demand, machine("L4"), 1, 4096);
    assert.equal(step.bound, "arithmetic");
    const { activeParameters, vocabularySize, hiddenSize } = demand.shape;
    assertClose(step.seconds, (2 * (activeParameters - vocabularySize * hiddenSize) * 4096) / 121e12);
  });

  test("of a prompt multiplies the head once", () => {
    const demand = demandOf({ promptTokens: 4096 });
    const { activeParameters, vocabularySize, hiddenSize } = demand.shape;
    const head = vocabularySize * hiddenSize;
    const found = promptStep(demand, machine("L4"), 1)?.seconds ?? 0;
    assertClose(found, (2 * ((activeParameters - 2 * head) * 4096 + head)) / 121e12);
  });

  test("names the link where passing results takes longest, which NVLink mends", () => {
    const demand = demandOf({ maxModelConcurrency: 4096, maxModelLen: 16 });
    const slow = decode(demand, machine("H100 NVL", 4, "PCIE"), 4, 4096).step;
    const fast = decode(demand, machine("H100 NVL", 4, "NVLINK"), 4, 4096).step;
    assert.equal(slow.bound, "interconnect");
    assert.ok(fast.seconds < slow.seconds / 2);
    const { layers, hiddenSize } = demand.shape;
    // Two all-reduces a layer, of which a ring sends 2 x 3/4, in 16 bits.
    const sentBytes = layers * 2 * 1.5 * 4096 * hiddenSize * 2;
    assertClose(slow.seconds - fast.seconds, sentBytes * (1 / 63e9 - 1 / 300e9));
  });

  test("does not take for granted a bridge that the offering does not state", () => {
    assert.equal(machine("H100 NVL", 2).peerBytesPerSecond, GPUS.H100_NVL.pcieBytesPerSecond);
    assert.equal(machine("H100 SXM", 2).peerBytesPerSecond, 450e9);
    assert.equal(machine("L4", 2).interconnect, "PCIE");
  });

  test("of a mixture reads more experts the more tokens there are, and in the end all", () => {
    const demand = demandOf({ config: MOE, maxModelLen: 16 });
    const { activeWeightsBytes, weightsBytes, vocabularySize, hiddenSize } = demand.shape;
    const everything = weightsBytes - vocabularySize * hiddenSize * 2;
    const read = (sequences: number) => {
      const { estimate, step } = decode(demand, machine("H200"), 1, sequences);
      return step.seconds * 4800e9 - (estimate.kvCacheBytes / 2) * (sequences / 16);
    };
    assertClose(read(1), activeWeightsBytes);
    // Two tokens touch 1 - (15/16)^2 of the experts: 15/16 of what the first leaves more times 1/16 of all.
    const both = (1 - (15 / 16) ** 2 - 1 / 16) / (15 / 16);
    assertClose(read(2), activeWeightsBytes + (everything - activeWeightsBytes) * both);
    assert.ok(read(64) > 0.95 * everything && read(64) < everything);
  });

  test("of sparse attention reads what the indexer picks", () => {
    const dense = demandOf({ maxModelLen: 131_072, maxModelConcurrency: 64 });
    const caches = dense.shape.caches.map((cache) => ({ ...cache, readEntries: 2048 }));
    const sparse = { ...dense, shape: { ...dense.shape, caches } };
    const read = (demand: Demand) => decode(demand, machine("H200"), 1, 64).step.seconds * 4800e9;
    const weights = dense.shape.activeWeightsBytes;
    assertClose((read(dense) - weights) / (read(sparse) - weights), 65_536 / 2048);
  });

  test("multiplies in the narrowest type that card and weights share", () => {
    const prompt = (quantization: string | undefined, gpu: string) =>
      promptStep(demandOf({ quantization, promptTokens: 4000 }), machine(gpu), 1)?.seconds ?? 0;
    assertClose(prompt(undefined, "H100 SXM") / prompt("fp8", "H100 SXM"), 2);
    assertClose(prompt(undefined, "A40") / prompt("fp8", "A40"), 1);
    assertClose(prompt(undefined, "A40") / prompt("int8", "A40"), 2);
    // Floats accumulate in 32 bits at half the rate on GeForce cards.
    assertClose(prompt(undefined, "RTX 3090") / prompt("int8", "RTX 3090"), 4);
    assertClose(prompt("float16", "V100 FHHL") / prompt("int8", "V100 FHHL"), 1);
  });

  test("is unknown where the catalogue does not know the card", () => {
    const on: Machine = { ...machine("L4"), gpu: undefined };
    assert.equal(promptStep(demandOf({}), on, 1), undefined);
  });
});
