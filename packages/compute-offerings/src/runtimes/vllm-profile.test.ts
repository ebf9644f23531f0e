import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { vllmProfile } from "./vllm-profile.ts";

const GIB = 2 ** 30;

/** Llama-3.1-8B; what an activation counts is said by the tests. */
const llama = {
  tensorParallel: 1,
  maxModelLen: 8192,
  maxModelConcurrency: 1,
  bytesPerValue: 2,
  dtype: "bfloat16",
  hiddenSize: 4096,
  intermediateSize: 14336,
  vocabularySize: 128256,
};
const peak = (version: string, context: object, options = {}) =>
  vllmProfile(version, options).activationBytes?.({ ...llama, ...context });

const hidden = (tokens: number) => 2 * tokens * 4096 * 2;

describe("activations", () => {
  test("sampling for 1,024 sequences beside two hidden widths of 8,192 tokens, on large GPUs", () => {
    assert.equal(peak("0.11", {}), 38 * 1024 * 128256 + hidden(8192));
    assert.equal(peak("0.19.0", {}), 14 * 1024 * 128256 + 132 * 128256 * 4 + hidden(8192));
    assert.equal(peak("0.19.0", { gpuMemoryBytes: 70 * GIB }), peak("0.19.0", {}));
  });

  test("256 sequences and 2,048 tokens on smaller ones, and on the A100", () => {
    const less = 38 * 256 * 128256 + hidden(2048);
    assert.equal(peak("0.11", { gpuMemoryBytes: 23 * GIB }), less);
    assert.equal(peak("0.11", { gpuMemoryBytes: 79 * GIB, architecture: "AMPERE" }), less);
  });

  test("the forward pass where the vocabulary is small", () => {
    assert.equal(peak("0.19.0", { vocabularySize: 32000 }), 8192 * 2 * (3 * 14336 + 4.25 * 4096));
    const divided = peak("0.19.0", { vocabularySize: 1000, tensorParallel: 4 });
    assert.equal(divided, 8192 * 2 * ((3 * 14336) / 4 + 4.25 * 4096));
  });

  test("flags that are given hold", () => {
    const options = { maxNumSeqs: 16, maxNumBatchedTokens: 512 };
    assert.equal(peak("0.11", { intermediateSize: 1 }, options), 38 * 16 * 128256 + hidden(512));
  });

  test("buffers of experts stay in newer versions, and MXFP4 has none", () => {
    const experts = { activeExperts: 2, expertIntermediateSize: 8192 };
    const buffers = 8192 * 2 * 2 * (8192 + 16384);
    assert.equal(Number(peak("0.19.0", experts)) - Number(peak("0.19.0", {})), buffers);
    assert.equal(peak("0.11", experts), peak("0.11", {}), "they are gone before sampling");
    assert.equal(peak("0.19.0", { ...experts, dtype: "mxfp4" }), peak("0.19.0", {}));
  });

  test("outputs of the vision encoder stand beside", () => {
    assert.equal(
      Number(peak("0.19.0", { imageTokens: 16384 })) - Number(peak("0.19.0", {})),
      16384 * 4096 * 2,
    );
    assert.equal(Number(peak("0.19.0", { imageTokens: 256 })) - Number(peak("0.19.0", {})), 8192 * 4096 * 2);
  });

  test("a whole prompt in a step before 0.8", () => {
    const long = peak("0.6.5", { maxModelLen: 16384, vocabularySize: 1000 });
    assert.equal(long, 16384 * 2 * (3 * 14336 + 4.25 * 4096));
  });
});

test("what is outside PyTorch depends on the version and on whether GPUs work together", () => {
  const overhead = (version: string, tensorParallel: number) =>
    vllmProfile(version).overheadBytes({ tensorParallel, modelCount: 1 }) / GIB;
  assert.deepEqual(
    ["0.6.5.dev1", "v0.11.0", "0.19.0", "1.0.0"].map((version) => [
      overhead(version, 1),
      overhead(version, 2),
    ]),
    [
      [1.79, 3.58],
      [0.13, 0.6],
      [0.27, 2.11],
      [0.27, 2.11],
    ],
  );
});

test("formats and the GPUs that run them", () => {
  const { supports } = vllmProfile("0.19.0");
  const able = (dtype: string) =>
    (["VOLTA", "TURING", "AMPERE", "ADA", "HOPPER", "BLACKWELL", "CDNA3"] as const).filter((gpu) =>
      supports(dtype, gpu),
    );
  assert.deepEqual(able("bfloat16"), ["AMPERE", "ADA", "HOPPER", "BLACKWELL", "CDNA3"]);
  assert.deepEqual(
    able("fp8"),
    ["AMPERE", "ADA", "HOPPER", "BLACKWELL", "CDNA3"],
    "Marlin widens it to Ampere",
  );
  assert.deepEqual(able("nvfp4"), ["AMPERE", "ADA", "HOPPER", "BLACKWELL"]);
  assert.deepEqual(able("int4-awq"), ["TURING", "AMPERE", "ADA", "HOPPER", "BLACKWELL", "CDNA3"]);
  assert.deepEqual(able("float16").length, 7);
});

test("what only LM Lite makes, no version runs", () => {
  const { supports } = vllmProfile("0.19.0");
  for (const architecture of ["AMPERE", "BLACKWELL", "CDNA3"] as const) {
    assert.ok(supports("int4-gptq", architecture));
    assert.ok(!supports("int4-g32", architecture));
    assert.ok(!supports("int8-g32", architecture));
  }
});

test("a version that is none, or too old", () => {
  for (const version of ["latest", "0.5.4", ""]) {
    assert.throws(() => vllmProfile(version), {
      code: "UNKNOWN_VLLM_VERSION",
      message: `Expected a version of vLLM from 0.6 on, such as 0.19.0, found "${version}". Name the image's version.`,
    });
  }
});
