import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CacheLayer } from "../model/model-shape.ts";
import { parseModelConfig } from "../model/parse-model-config.ts";
import { deepseekV2LiteConfig, gptOssSmallConfig, llama31Config } from "../testing/model-configs.ts";
import { kvBytesPerToken, kvReadBytes, kvSequenceBytes } from "./kv-cache.ts";

const options = { kvDtype: "bfloat16", tensorParallel: 1 };
const llama = parseModelConfig(llama31Config);
const hybrid = parseModelConfig({
  model_type: "qwen3_next",
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 64,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  full_attention_interval: 4,
  linear_num_key_heads: 2,
  linear_key_head_dim: 8,
  linear_num_value_heads: 4,
  linear_value_head_dim: 8,
  linear_conv_kernel_dim: 4,
  max_position_embeddings: 4096,
});

describe("bytes per token", () => {
  test("two times layers, KV heads, head width and bytes of a value", () => {
    assert.equal(kvBytesPerToken(llama, options), 2 * 32 * 8 * 128 * 2);
    assert.equal(kvBytesPerToken(llama, { ...options, kvDtype: "fp8" }), 2 * 32 * 8 * 128);
  });

  test("KV heads are divided over the ranks as far as they go", () => {
    const perRank = (tensorParallel: number) => kvBytesPerToken(llama, { ...options, tensorParallel });
    assert.deepEqual([1, 2, 4, 8, 16].map(perRank), [131072, 65536, 32768, 16384, 16384]);
  });

  test("MLA keeps latent and rotated key, on every rank", () => {
    const mla = parseModelConfig(deepseekV2LiteConfig);
    assert.equal(kvBytesPerToken(mla, options), 27 * (512 + 64) * 2);
    assert.equal(kvBytesPerToken(mla, { ...options, tensorParallel: 8 }), 27 * (512 + 64) * 2);
  });

  test("layers with a window and constant states add nothing to a long sequence", () => {
    assert.equal(kvBytesPerToken(parseModelConfig(gptOssSmallConfig), options), 2 * 12 * 8 * 64 * 2);
    assert.equal(kvBytesPerToken(hybrid, options), 2 * 1 * 2 * 16 * 2);
  });

  test("of an unknown format", () => {
    assert.throws(() => kvBytesPerToken(llama, { ...options, kvDtype: "fp12" }), {
      code: "UNKNOWN_DTYPE",
      message:
        'Expected kvDtype to be one of bfloat16, float16, float32, fp8, fp8_e4m3, fp8_e5m2, int8, nvfp4, found "fp12".',
    });
  });
});

describe("bytes per sequence", () => {
  test("are of whole blocks", () => {
    assert.equal(kvSequenceBytes(llama, 1, options), 16 * 131072);
    assert.equal(kvSequenceBytes(llama, 17, options), 32 * 131072);
  });

  test("a window holds at most its tokens and the block that it ends in", () => {
    const oss = parseModelConfig(gptOssSmallConfig);
    const full = 2 * 12 * 8 * 64 * 2;
    assert.equal(kvSequenceBytes(oss, 64, options), 64 * 2 * full, "shorter than the window");
    assert.equal(kvSequenceBytes(oss, 4096, options), 4096 * full + (128 + 16) * full);
  });

  test("a state is there once, however long the sequence is", () => {
    const state = 3 * ((2 * 16 + 32) * 3 * 2 + 32 * 8 * 4);
    assert.equal(kvSequenceBytes(hybrid, 16, options), state + 16 * 128);
    assert.equal(kvSequenceBytes(hybrid, 1600, options), state + 1600 * 128);
    assert.equal(kvSequenceBytes(hybrid, 16, { ...options, tensorParallel: 2 }), (state + 16 * 128) / 2);
  });

  test("a compressed history has one entry per group of tokens", () => {
    const shape = {
      ...llama,
      caches: [{ kind: "compressed" as const, layers: 2, valuesPerEntry: 512, tokensPerEntry: 4 }],
    };
    assert.equal(kvSequenceBytes(shape, 64, options), 2 * 16 * 512 * 2);
    assert.equal(kvBytesPerToken(shape, options), (2 * 512 * 2) / 4);
  });

  test("a step reads windows, and what an indexer picks, with all of the indexer's keys", () => {
    const read = (caches: readonly CacheLayer[], tokens: number) =>
      kvReadBytes({ ...llama, caches }, tokens, options);
    const sliding: CacheLayer = { kind: "sliding", layers: 3, valuesPerEntry: 64, windowTokens: 100 };
    assert.equal(read([sliding], 50), 3 * 50 * 64 * 2);
    assert.equal(read([sliding], 1000), 3 * 100 * 64 * 2);
    const latent: CacheLayer = { kind: "latent", layers: 2, valuesPerEntry: 576, readEntries: 2048 };
    const indexer: CacheLayer = { kind: "indexer", layers: 2, valuesPerEntry: 128, bytesPerEntry: 132 };
    assert.equal(read([latent, indexer], 1000), 2 * 1000 * (576 * 2 + 132));
    assert.equal(read([latent, indexer], 64_000), 2 * (2048 * 576 * 2 + 64_000 * 132));
  });
});
