import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LM_LITE } from "./runtime-profile.ts";

test("the engine hears of what is asked for, and of nothing else", () => {
  const model = { id: "m", maxModelLen: 7, maxModelConcurrency: 2, modelBatchExecuteTimeoutMs: 0 };
  const told = { id: "m", max_model_len: 7, max_model_concurrency: 2, model_batch_execute_timeout_ms: 0 };
  const { MODELS = "" } = LM_LITE.env([model, { ...model, quantization: "int8", kvDtype: "fp8" }]);
  assert.deepEqual(JSON.parse(MODELS), [told, { ...told, quantization: "int8", kv_dtype: "fp8" }]);
});

test("machines are asked for with drivers that know the CUDA version of the engine's kernels", () => {
  const requirements = new URL("../../../native/cuda-kernels/src/device/requirements.rs", import.meta.url);
  const [, major, minor] =
    readFileSync(requirements, "utf8").match(/CUDA_VERSION: \(u32, u32\) = \((\d+), (\d+)\)/) ?? [];
  assert.equal(LM_LITE.minimumCudaVersion, `${major}.${minor}`);
});
