import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LM_LITE_GPUS } from "./lm-lite-gpus.ts";

test("offerings are held to what the engine's kernels are built for", () => {
  const requirements = new URL("../../../../native/cuda-kernels/src/device/requirements.rs", import.meta.url);
  const source = readFileSync(requirements, "utf8");
  const value = (name: string) => source.match(new RegExp(`${name}:[^=]*= (.*);`))?.[1];
  const { computeCapabilities, minimumCudaVersion, minimumDriverVersion } = LM_LITE_GPUS;
  assert.equal(
    value("ARCHITECTURES"),
    `[${computeCapabilities.map((each) => each.replace(".", "")).join(", ")}]`,
  );
  assert.equal(value("CUDA_VERSION"), `(${minimumCudaVersion.replace(".", ", ")})`);
  assert.equal(value("MINIMUM_DRIVER"), minimumDriverVersion);
});
