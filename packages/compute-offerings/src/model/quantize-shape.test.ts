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

/** Matrices of a layer, `[rows, columns]`. */
const MATRICES = [
  [2048 + 1024 + 1024, 1024],
  [1024, 2048],
  [2 * 3072, 1024],
  [1024, 3072],
] as const;

/**
 * What the engine takes for the model that its publisher quantised: strips of sixteen rows, in whole cache lines, as
 * native/backend-cpu/src/kernels/linear/prequantized/tests.rs holds it to, and the table in bf16.
 */
function strips(stripBytes: (columns: number) => number): number {
  const bytes = MATRICES.map(([rows, columns]) => (rows / 16) * Math.ceil(stripBytes(columns) / 64) * 64);
  return 28 * bytes.reduce((sum, matrix) => sum + matrix, 0) + 151_936 * 1024 * 2;
}

test("what a publisher quantised is predicted to within 2 % of what LM Lite takes", () => {
  const int4 = { bits: 4, group_size: 128 };
  const packed = (weights: object) => ({
    quant_method: "compressed-tensors",
    config_groups: { group_0: { weights } },
  });
  const scales = (columns: number) => Math.ceil(columns / 128) * 16 * 2;
  const fourBits = (columns: number) => columns * 8 + scales(columns);
  const zeroPoints = (columns: number) => Math.ceil(columns / 256) * 16;
  for (const [quantization_config, stripBytes] of [
    [
      { quant_method: "fp8", weight_block_size: [128, 128] },
      (columns: number) => columns * 16 + Math.ceil(columns / 128) * 4,
    ],
    [packed({ num_bits: 8, type: "float", strategy: "channel" }), (columns: number) => columns * 16 + 32],
    [{ quant_method: "gptq", ...int4 }, (columns: number) => fourBits(columns) + zeroPoints(columns)],
    [{ quant_method: "awq", ...int4 }, (columns: number) => fourBits(columns) + zeroPoints(columns)],
    [packed({ num_bits: 4, type: "int", strategy: "group", group_size: 128, symmetric: true }), fourBits],
  ] as const) {
    const { weightsBytes } = parseModelConfig({ ...QWEN3_0_6B, quantization_config });
    const ratio = weightsBytes / strips(stripBytes);
    assert.ok(Math.abs(ratio - 1) < 0.02, `${JSON.stringify(quantization_config)}: ${ratio}`);
    assert.ok(weightsBytes < 0.75 * parseModelConfig(QWEN3_0_6B).weightsBytes);
  }
});

const QWEN3_30B_A3B = {
  ...QWEN3_0_6B,
  architectures: ["Qwen3MoeForCausalLM"],
  model_type: "qwen3_moe",
  hidden_size: 2048,
  intermediate_size: 6144,
  moe_intermediate_size: 768,
  num_experts: 128,
  num_experts_per_tok: 8,
  num_hidden_layers: 48,
  num_attention_heads: 32,
  num_key_value_heads: 4,
  tie_word_embeddings: false,
};

/** Weights of a layer but its router, which stays where the file is mapped. */
const EXPERT_LAYER = 2 * 4096 * 2048 + 2 * 512 * 2048 + 128 * 3 * 2048 * 768;

test("experts are predicted to within 2 % of what LM Lite takes", () => {
  // As native/models/tests/goldens/mixtures.rs holds the engine to it.
  const tables = 2 * ((151_936 * 2048 * 34) / 32);
  for (const [quantization, groupBytes] of [
    ["int8-g32", 34],
    ["int4-g32", 18],
  ] as const) {
    const expected = 48 * (EXPERT_LAYER / 32) * groupBytes + tables;
    const { weightsBytes } = quantizeShape(parseModelConfig(QWEN3_30B_A3B), quantization);
    assert.ok(Math.abs(weightsBytes / expected - 1) < 0.02, `${quantization}: ${weightsBytes / expected}`);
  }
  // A byte a weight, a scale of 4 bytes for 128 x 128 in every strip of 16 rows, and the tables in bf16.
  const fp8 = { quant_method: "fp8", weight_block_size: [128, 128] };
  const expected = 48 * EXPERT_LAYER * (1 + 4 / (16 * 128)) + 2 * 151_936 * 2048 * 2;
  const { weightsBytes } = parseModelConfig({ ...QWEN3_30B_A3B, quantization_config: fp8 });
  assert.ok(Math.abs(weightsBytes / expected - 1) < 0.02, `fp8: ${weightsBytes / expected}`);
});
