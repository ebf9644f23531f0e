import assert from "node:assert/strict";
import { test } from "node:test";
import { estimateVram } from "@conduit/compute-offerings";
import type { ComputeOffering } from "@conduit/types";
import { LM_LITE } from "../runtime-profile.ts";
import { QWEN3_8B_CONFIG, qwen3, qwen3Moe, unknownModel } from "../testing/model-facts.ts";
import { modelRequirements } from "./model-requirements.ts";

const machine = (gpu: string | undefined, gpuCount = 1): ComputeOffering => ({
  id: `${gpuCount}x ${gpu}`,
  provider: "LOCAL",
  ...(gpu !== undefined && { gpu }),
  gpuCount,
  priceMicroDollarsPerHour: 0,
  spot: false,
});

test("an engine downloads what is not in a folder", () => {
  const folder = { id: "/models/a", downloadBytes: 0, failure: new Error("no such folder") };
  assert.deepEqual(modelRequirements([qwen3, folder]).downloads, [{ id: "Qwen/Qwen3-8B", bytes: 16.4e9 }]);
  assert.deepEqual(modelRequirements([folder]).downloads, []);
  assert.equal(modelRequirements([qwen3, unknownModel]).downloads, undefined);
});

test("an engine takes of a GPU what its models are estimated to take, of each card its own", () => {
  const { vramBytes } = modelRequirements([qwen3]);
  const estimated = estimateVram(QWEN3_8B_CONFIG, {
    maxModelLen: 4096,
    maxModelConcurrency: 4,
    runtime: LM_LITE,
    architecture: "ADA",
  });
  assert.equal(vramBytes?.(machine("L4")), estimated.totalBytes);
  assert.equal(vramBytes?.(machine("L4", 2)), estimated.totalBytes, "one of the two holds everything");
});

test("what does not fit takes more than there is", () => {
  const needed = modelRequirements([qwen3]).vramBytes?.(machine("RTX_A4000"));
  assert.ok(needed !== undefined && needed > 16 * 2 ** 30, String(needed));
});

test("nothing is said of GPUs or models that are not known, and of machines without GPUs", () => {
  const { vramBytes } = modelRequirements([qwen3]);
  assert.equal(vramBytes?.(machine("Some GPU of tomorrow")), undefined);
  assert.equal(vramBytes?.(machine(undefined, 0)), undefined);
  assert.equal(modelRequirements([qwen3, unknownModel]).vramBytes, undefined);
});

test("models with experts are planned for no GPU, whatever else is on it", () => {
  const gpu = machine("H100_80GB_HBM3");
  assert.equal(modelRequirements([qwen3Moe]).vramBytes?.(gpu), undefined);
  assert.equal(modelRequirements([qwen3, qwen3Moe]).vramBytes?.(gpu), undefined);
  assert.ok(modelRequirements([qwen3]).vramBytes?.(gpu) !== undefined);
});
