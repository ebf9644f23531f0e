import assert from "node:assert/strict";
import { test } from "node:test";
import { GPUS } from "../catalogue/gpus.ts";
import { estimateVram } from "../estimate/estimate-vram.ts";
import { UnsupportedDtypeError } from "../estimate/unsupported-dtype-error.ts";
import { parseModelConfig } from "../model/parse-model-config.ts";
import { denseConfig } from "../testing/arbitraries.ts";
import { llama31Config } from "../testing/model-configs.ts";
import { COMPUTE_CAPABILITIES } from "./lm-lite-gpus.ts";
import { LM_LITE_PROFILE } from "./lm-lite-profile.ts";
import { ARCHITECTURES, supportsNatively } from "./native-support.ts";
import { vllmProfile } from "./vllm-profile.ts";

test("formats that LM Lite runs on GPUs: none of those that it would refuse at load, on whichever GPU", () => {
  for (const architecture of ARCHITECTURES)
    for (const dtype of ["fp8", "int4", "int4-awq", "int4-gptq", "int8", "int8-g32", "int4-g32"])
      assert.ok(!LM_LITE_PROFILE.supports(dtype, architecture), `${dtype} on ${architecture}`);
  assert.ok(LM_LITE_PROFILE.supports("bfloat16", "AMPERE"));
  assert.ok(!LM_LITE_PROFILE.supports("bfloat16", "TURING"));
  assert.ok(LM_LITE_PROFILE.supports("float32", "AMPERE"));
  assert.ok(!LM_LITE_PROFILE.supports("mxfp4", "BLACKWELL"));
  assert.ok(!LM_LITE_PROFILE.supports("float16", "CDNA3"));
});

test("runs on the GPUs that its kernels are built for, whatever the format", () => {
  for (const [name, { architecture, computeCapability }] of Object.entries(GPUS)) {
    const [major, minor] = computeCapability.split(".").map(Number);
    const isBuiltFor = COMPUTE_CAPABILITIES.some((known) => {
      const [knownMajor = 0, knownMinor = 0] = known.split(".").map(Number);
      return knownMajor === major && knownMinor <= (minor ?? 0);
    });
    assert.equal(LM_LITE_PROFILE.supports("float16", architecture), isBuiltFor, name);
  }
});

test("without a GPU it runs what is not quantised, what it quantises itself, and FP8 and four bits of publishers", () => {
  for (const dtype of ["bfloat16", "int8-g32", "int4-g32", "fp8", "int4", "int4-awq", "int4-gptq"])
    assert.ok(LM_LITE_PROFILE.supports(dtype, undefined), dtype);
  assert.ok(!LM_LITE_PROFILE.supports("int8", undefined));
  assert.ok(!LM_LITE_PROFILE.supports("nvfp4", undefined));
});

test("what hardware runs by itself: BF16 from Ampere, FP8 from Ada, FP4 from Blackwell", () => {
  const first = (dtype: string) =>
    (["VOLTA", "TURING", "AMPERE", "ADA", "HOPPER", "BLACKWELL"] as const).find((gpu) =>
      supportsNatively(dtype, gpu),
    );
  assert.deepEqual(["float16", "int8", "bfloat16", "fp8", "mxfp4", "nvfp4"].map(first), [
    "VOLTA",
    "TURING",
    "AMPERE",
    "ADA",
    "BLACKWELL",
    "BLACKWELL",
  ]);
});

test("each model of a process has its vocabulary", () => {
  const overhead = (modelCount: number) => LM_LITE_PROFILE.overheadBytes({ tensorParallel: 1, modelCount });
  assert.equal(overhead(3) - overhead(2), 120 * 2 ** 20);
  assert.equal(overhead(0), 16 * 2 ** 20);
});

test("a checkpoint in FP8 is planned for no GPU", () => {
  const shape = parseModelConfig({ ...llama31Config, quantization_config: { quant_method: "fp8" } });
  const options = { maxModelLen: 1024, maxModelConcurrency: 1, architecture: "HOPPER" } as const;
  assert.throws(
    () => estimateVram(shape, { ...options, runtime: LM_LITE_PROFILE }),
    (error) => UnsupportedDtypeError.isInstance(error),
  );
  estimateVram(shape, { ...options, runtime: vllmProfile("0.19.0") });
});

test("a KV cache of eight bits takes what the engine's blocks do, and no GPU is planned for it", () => {
  const shape = parseModelConfig(llama31Config);
  const options = { maxModelLen: 1024, maxModelConcurrency: 1 };
  // `KvLayout` of native/backend/src/memory.rs: each head of a token has its numbers and a scale in bf16.
  const engine = 2 * 32 * 8 * (128 + 2);
  for (const kvDtype of ["fp8", "fp8_e4m3", "int8"]) {
    const { kvBytesPerToken, kvCacheBytes } = estimateVram(shape, { ...options, kvDtype });
    assert.deepEqual([kvBytesPerToken, kvCacheBytes], [engine, 1024 * engine], kvDtype);
    assert.equal(LM_LITE_PROFILE.supportsKvDtype?.(kvDtype, undefined, true), true, kvDtype);
    for (const architecture of ARCHITECTURES)
      assert.equal(LM_LITE_PROFILE.supportsKvDtype?.(kvDtype, architecture, true), false, kvDtype);
  }
  assert.equal(LM_LITE_PROFILE.supportsKvDtype?.("fp8_e5m2", undefined, true), false);
  for (const kvDtype of ["bfloat16", "float16", "float32"])
    assert.equal(LM_LITE_PROFILE.supportsKvDtype?.(kvDtype, "AMPERE", true), true, kvDtype);
  const vllm = estimateVram(shape, { ...options, kvDtype: "fp8", runtime: vllmProfile("0.19.0") });
  assert.equal(vllm.kvBytesPerToken, 2 * 32 * 8 * 128);
});

test("keeps a KV cache in the activations' format, whatever the checkpoint asks for", () => {
  const shape = parseModelConfig({
    ...denseConfig(2, 256, 2),
    quantization_config: { quant_method: "modelopt", quant_algo: "FP8", kv_cache_quant_algo: "FP8" },
  });
  const options = { maxModelLen: 1024, maxModelConcurrency: 1 };
  const widened = estimateVram(shape, { ...options, runtime: LM_LITE_PROFILE }).kvBytesPerToken;
  assert.equal(shape.kvDtype, "fp8");
  assert.equal(
    widened,
    2 * estimateVram(shape, { ...options, runtime: vllmProfile("0.19.0") }).kvBytesPerToken,
  );
});
