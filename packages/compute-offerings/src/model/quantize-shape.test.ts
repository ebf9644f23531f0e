import assert from "node:assert/strict";
import { test } from "node:test";
import { parseModelConfig } from "./parse-model-config.ts";
import { quantizeShape } from "./quantize-shape.ts";

const QWEN3_0_6B = {
  architectures: ["Qwen3ForCausalLM"],
  model_type: "qwen3",
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: 28,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  max_position_embeddings: 40_960,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  vocab_size: 151_936,
};

/** What `weight_bytes` of the engine says of this shape: native/models/tests/quantization/steps.rs holds it to the same sum. */
const LAYER_VALUES = 28 * (1024 * (2048 + 1024 + 1024) + 2048 * 1024 + 3 * 1024 * 3072);
const TABLE_BYTES = (151_936 * 1024 * 34) / 32;

test("what LM Lite quantises while it loads is predicted to within 2 % of what it takes", () => {
  for (const [quantization, groupBytes] of [
    ["int8-g32", 34],
    ["int4-g32", 18],
  ] as const) {
    const expected = (LAYER_VALUES / 32) * groupBytes + TABLE_BYTES;
    const shape = parseModelConfig(QWEN3_0_6B);
    const { weightsBytes, dtype } = quantizeShape(shape, quantization);
    assert.ok(Math.abs(weightsBytes / expected - 1) < 0.02, `${quantization}: ${weightsBytes}`);
    assert.equal(dtype, quantization);
    assert.equal(quantizeShape(shape, quantization.toUpperCase()).weightsBytes, weightsBytes);
    const untied = quantizeShape(
      parseModelConfig({ ...QWEN3_0_6B, tie_word_embeddings: false }),
      quantization,
    );
    assert.equal(untied.weightsBytes - weightsBytes, TABLE_BYTES);
  }
});
