import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COMPUTE_CAPABILITIES } from "./lm-lite-gpus.ts";

test("offerings are held to what the engine's kernels are built for", () => {
  const requirements = new URL("../../../../native/cuda-kernels/src/device/requirements.rs", import.meta.url);
  const source = readFileSync(requirements, "utf8");
  const value = (name: string) => source.match(new RegExp(`${name}:[^=]*= (.*);`))?.[1];
  assert.equal(
    value("ARCHITECTURES"),
    `[${COMPUTE_CAPABILITIES.map((each) => each.replace(".", "")).join(", ")}]`,
  );
});
