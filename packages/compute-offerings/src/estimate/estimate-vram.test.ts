import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RuntimePlanningProfile } from "@conduit/types";
import fc from "fast-check";
import { parseModelConfig } from "../model/parse-model-config.ts";
import { quantizeShape } from "../model/quantize-shape.ts";
import { vllmProfile } from "../runtimes/vllm-profile.ts";
import {
  deepseekV2LiteConfig,
  gptOssLargeConfig,
  llama31Config,
  qwen3ExpertsConfig,
  qwen3SmallConfig,
} from "../testing/model-configs.ts";
import { estimateVram } from "./estimate-vram.ts";

const small = { maxModelLen: 1024, maxModelConcurrency: 4 };

/** Adds nothing of its own, so that figures can be counted by hand. */
const bare: RuntimePlanningProfile = { overheadBytes: () => 0, supports: () => true };

test("the total is the sum of its parts, for LM Lite unless told otherwise", () => {
  const estimate = estimateVram(qwen3SmallConfig, small);
  assert.equal(estimate.weightsBytes, 2 * 596_049_920);
  assert.equal(estimate.kvCacheBytes, 4 * 1024 * 114688);
  assert.equal(estimate.overheadBytes, 136 * 2 ** 20);
  assert.ok(estimate.activationBytes > 0);
  assert.equal(
    estimate.totalBytes,
    estimate.weightsBytes + estimate.kvCacheBytes + estimate.activationBytes + estimate.overheadBytes,
  );
});

test("a parsed model gives what its configuration gives", () => {
  const { explain: _, ...fromConfig } = estimateVram(llama31Config, small);
  const { explain: __, ...fromShape } = estimateVram(parseModelConfig(llama31Config), small);
  assert.deepEqual(fromShape, fromConfig);
});

test("a parsed model can be brought to a format, and back", () => {
  const shape = parseModelConfig(llama31Config, { safetensorsBytes: 16_060_556_376 });
  const inFp8 = estimateVram(shape, { ...small, quantization: "fp8", runtime: bare });
  assert.equal(
    inFp8.weightsBytes,
    estimateVram(llama31Config, { ...small, quantization: "fp8", runtime: bare }).weightsBytes,
  );
  const matrices = 32 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 4096 * 14336);
  const scales = 32 * 4 * (4096 + 2 * 1024 + 4096 + 2 * 14336 + 4096);
  assert.equal(inFp8.weightsBytes, 2 * 8_030_261_248 - matrices + scales);
  const back = estimateVram(quantizeShape(shape, "fp8"), {
    ...small,
    quantization: "bfloat16",
    runtime: bare,
  });
  assert.equal(back.weightsBytes, 2 * 8_030_261_248);
});

test("a format without scales is of everything, the KV cache included", () => {
  const wide = estimateVram(llama31Config, { ...small, quantization: "float32", runtime: bare });
  assert.equal(wide.weightsBytes, 4 * 8_030_261_248);
  assert.equal(wide.kvBytesPerToken, 2 * 131072);
});

describe("over several GPUs", () => {
  const share = (config: object, tensorParallel: number) =>
    estimateVram(config, { ...small, tensorParallel, runtime: bare }).weightsBytes;

  test("matrices are divided, norms are not", () => {
    const norms = 2 * (2 * 32 + 1) * 4096;
    assert.equal(share(llama31Config, 4), (share(llama31Config, 1) - norms) / 4 + norms);
  });

  test("beyond the number of KV heads these are copied", () => {
    const keysAndValues = 2 * 32 * 2 * 1024 * 4096;
    const norms = 2 * (2 * 32 + 1) * 4096;
    const rest = share(llama31Config, 1) - norms - keysAndValues;
    assert.equal(share(llama31Config, 16), rest / 16 + keysAndValues / 8 + norms);
  });

  test("the known size of a checkpoint is divided as its matrices are", () => {
    const shape = parseModelConfig(llama31Config, { safetensorsBytes: 16_060_522_496 });
    assert.equal(estimateVram(shape, { ...small, runtime: bare }).weightsBytes, 16_060_522_496);
    const half = estimateVram(shape, { ...small, tensorParallel: 2, runtime: bare }).weightsBytes;
    assert.ok(Math.abs(half / share(llama31Config, 2) - 1) < 1e-6);
  });
});

test("vLLM pads experts in MXFP4 as the GPU's kernels want it", () => {
  const weights = (architecture: "HOPPER" | "BLACKWELL" | "AMPERE") =>
    estimateVram(gptOssLargeConfig, { ...small, runtime: vllmProfile("0.11"), architecture }).weightsBytes;
  const experts = 36 * 128 * 3 * 2880 * 2880;
  const plain = estimateVram(gptOssLargeConfig, { ...small, runtime: bare }).weightsBytes;
  const rope = 131072 * 64 * 2;
  assert.equal(weights("HOPPER") - plain - rope, 36 * 128 * 3 * 2880 * (1536 - 1440));
  assert.equal(weights("BLACKWELL") - plain - rope, experts * (17 / 32) * (3072 ** 2 / 2880 ** 2 - 1));
  assert.equal(weights("AMPERE") - plain - rope, 36 * 128 * 3 * (17 / 32) * (3072 * 2944 - 2880 * 2880));
});

describe("more is never less", () => {
  const configs = [llama31Config, qwen3ExpertsConfig, gptOssLargeConfig, deepseekV2LiteConfig];
  const runtimes = [undefined, vllmProfile("0.11"), vllmProfile("0.19.0")];

  test("for longer sequences, and for more of them", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...configs),
        fc.constantFrom(...runtimes),
        fc.integer({ min: 1, max: 20000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom(1, 2, 4, 8),
        (config, runtime, maxModelLen, maxModelConcurrency, tensorParallel) => {
          const total = (length: number, concurrency: number) =>
            estimateVram(config, {
              maxModelLen: length,
              maxModelConcurrency: concurrency,
              tensorParallel,
              runtime,
            }).totalBytes;
          const here = total(maxModelLen, maxModelConcurrency);
          assert.ok(total(maxModelLen + 1, maxModelConcurrency) >= here);
          assert.ok(total(maxModelLen, maxModelConcurrency + 1) >= here);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("one of several GPUs never holds more weights than one alone", () => {
    fc.assert(
      fc.property(fc.constantFrom(...configs), fc.constantFrom(1, 2, 4, 8), (config, tensorParallel) => {
        const weights = (ranks: number) =>
          estimateVram(config, { ...small, tensorParallel: ranks, runtime: bare }).weightsBytes;
        assert.ok(weights(tensorParallel * 2) < weights(tensorParallel));
      }),
    );
  });
});

test("explains each figure with the formula that gave it", () => {
  const { explain } = estimateVram(llama31Config, {
    maxModelLen: 8192,
    maxModelConcurrency: 8,
    kvDtype: "fp8",
    tensorParallel: 2,
    runtime: vllmProfile("0.19.0"),
  });
  assert.equal(
    explain(),
    [
      "LlamaForCausalLM: 8.03B parameters, bfloat16",
      "weights        7.51 GiB  7.48 GiB computed from config.json, divided over 2 GPUs + 0.03 GiB RoPE tables",
      "KV cache       2.00 GiB  8 sequences x 0.25 GiB for 8192 tokens (32768 bytes a token in fp8: 32 full x 2048 values)",
      "activations    1.90 GiB  vLLM 0.19.0: larger of sampling (sequences x vocabulary x 14 bytes beside 2 hidden widths a token) and of a forward pass",
      "overhead       2.11 GiB  vLLM 0.19.0: outside PyTorch 0.27 GiB on one GPU, 2.11 GiB on each of several",
      "total         13.52 GiB  each of 2 GPUs",
    ].join("\n"),
  );
});

describe("what cannot be is refused", () => {
  test("a sequence longer than the model holds", () => {
    assert.throws(() => estimateVram(llama31Config, { maxModelLen: 131073, maxModelConcurrency: 1 }), {
      code: "MAX_MODEL_LEN",
      message:
        "Expected maxModelLen to be at most 131072 with its RoPE scaling, found 131073. Lower it, or take another model.",
    });
  });

  test("a GPU that cannot run the weights", () => {
    assert.throws(() => estimateVram(llama31Config, { ...small, architecture: "VOLTA" }), {
      code: "UNSUPPORTED_DTYPE",
      message:
        "Expected a GPU on which LM Lite runs bfloat16 weights, found the architecture VOLTA. Take one of AMPERE, ADA, HOPPER, BLACKWELL, or another format.",
    });
    assert.throws(() => estimateVram(gptOssLargeConfig, { ...small, architecture: "BLACKWELL" }), {
      message:
        "Expected a GPU on which LM Lite runs mxfp4 weights, found the architecture BLACKWELL. Take another format or runtime.",
    });
  });

  test("a number that is none", () => {
    assert.throws(() => estimateVram(llama31Config, { ...small, tensorParallel: 0 }), {
      code: "INVALID_ESTIMATE_OPTION",
      message: "Expected tensorParallel to be a whole number of at least 1, found 0.",
    });
    assert.throws(() => estimateVram(llama31Config, { maxModelLen: 1.5, maxModelConcurrency: 1 }), {
      message: "Expected maxModelLen to be a whole number of at least 1, found 1.5.",
    });
  });
});
