import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LM_LITE } from "./runtime-profile.ts";

test("machines are asked for with drivers that know the CUDA version of the engine's kernels", () => {
  const requirements = new URL("../../../native/cuda-kernels/src/device/requirements.rs", import.meta.url);
  const [, major, minor] =
    readFileSync(requirements, "utf8").match(/CUDA_VERSION: \(u32, u32\) = \((\d+), (\d+)\)/) ?? [];
  assert.equal(LM_LITE.minimumCudaVersion, `${major}.${minor}`);
});
