import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gemma3Config, llama31Config, mixtralConfig, qwen3SmallConfig } from "../testing/model-configs.ts";
import { parseModelConfig } from "./parse-model-config.ts";

/** A model small enough to count by hand: hidden 8, 2 layers, 4 heads of 2, 2 KV heads, width 16, 10 tokens. */
const tiny = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 16,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 2,
  max_position_embeddings: 64,
  torch_dtype: "bfloat16",
};
const ATTENTION = 8 * 8 + 2 * (4 * 8) + 8 * 8;
const NETWORK = 3 * 8 * 16;
const LAYER = ATTENTION + NETWORK + 2 * 8;
const TINY = 2 * 10 * 8 + 2 * LAYER + 8;

describe("parameters", () => {
  test("of a dense model", () => {
    const shape = parseModelConfig(tiny);
    assert.equal(shape.parameters, TINY);
    assert.equal(shape.weightsBytes, 2 * TINY);
    assert.equal(shape.activeParameters, TINY);
    assert.equal(shape.activeWeightsBytes, 2 * (TINY - 10 * 8), "a token reads one row of the embeddings");
    assert.equal(shape.dtype, "bfloat16");
  });

  test("tied embeddings count once, and are read as the head", () => {
    const shape = parseModelConfig({ ...tiny, tie_word_embeddings: true });
    assert.equal(shape.parameters, TINY - 80);
    assert.equal(shape.activeWeightsBytes, 2 * (TINY - 80));
  });

  test("what a wrapper says of tied embeddings holds where its text model says nothing", () => {
    const tied = (outer: object, inner: object) =>
      parseModelConfig({ model_type: "x", ...outer, text_config: { ...tiny, ...inner } }).tiedEmbeddings;
    assert.equal(tied({ tie_word_embeddings: true }, {}), true);
    assert.equal(tied({ tie_word_embeddings: true }, { tie_word_embeddings: false }), false);
    assert.equal(tied({}, { model_type: "gemma2" }), true);
    assert.equal(tied({ tie_word_embeddings: false }, { model_type: "gemma2" }), false);
  });

  test("biases of a family that has no field for them", () => {
    assert.equal(parseModelConfig({ ...tiny, model_type: "qwen2" }).parameters, TINY + 2 * (8 + 4 + 4));
  });

  test("of experts all count, and the picked ones are active", () => {
    const experts = { ...tiny, model_type: "mixtral", num_local_experts: 4, num_experts_per_tok: 2 };
    const shape = parseModelConfig(experts);
    assert.equal(shape.parameters, TINY + 2 * (3 * NETWORK + 4 * 8));
    assert.equal(shape.activeParameters, TINY + 2 * (NETWORK + 4 * 8));
    assert.deepEqual([shape.experts, shape.activeExperts, shape.expertIntermediateSize], [4, 2, 16]);
  });

  test("shared experts are always active, and first layers may be dense", () => {
    const shape = parseModelConfig({
      ...tiny,
      model_type: "deepseek_v3",
      n_routed_experts: 4,
      n_shared_experts: 1,
      num_experts_per_tok: 2,
      moe_intermediate_size: 4,
      first_k_dense_replace: 1,
    });
    const expert = 3 * 8 * 4;
    assert.equal(shape.parameters, TINY - NETWORK + 4 * 8 + 5 * expert);
    assert.equal(shape.activeParameters, TINY - NETWORK + 4 * 8 + 3 * expert);
  });

  test("of MLA, which keeps a latent and a rotated key", () => {
    const shape = parseModelConfig({
      ...tiny,
      model_type: "deepseek_v3",
      kv_lora_rank: 6,
      q_lora_rank: null,
      qk_nope_head_dim: 3,
      qk_rope_head_dim: 2,
      v_head_dim: 3,
    });
    const mla = 4 * 5 * 8 + (6 + 2) * 8 + 4 * 6 * 6 + 8 * 4 * 3;
    assert.equal(shape.parameters, TINY + 2 * (mla - ATTENTION));
    assert.equal(shape.absorbedParameters, 2 * 4 * 6 * 6);
    assert.deepEqual(shape.caches, [{ kind: "latent", layers: 2, valuesPerEntry: 8 }]);
    assert.equal(shape.keyValueHeads, 4, "two in the file, but latents divide over nothing");
  });

  test("layers of multi-token prediction stand apart", () => {
    const shape = parseModelConfig({ ...tiny, num_nextn_predict_layers: 1 });
    assert.equal(shape.parameters, TINY);
    assert.equal(shape.draftParameters, LAYER + 2 * 8 * 8 + 3 * 8);
  });

  test("of Llava-1.5-7b, whose text model is a Llama as its class has it", () => {
    const shape = parseModelConfig({
      model_type: "llava",
      text_config: { model_type: "llama", max_position_embeddings: 4096, vocab_size: 32064 },
    });
    assert.equal(shape.parameters, 6_738_939_904);
    assert.equal(shape.keyValueHeads, 32);
  });

  test("heads of a family may be wider than their share of the hidden width", () => {
    const headDimension = (model_type: string) => {
      const { modules } = parseModelConfig({ ...tiny, model_type });
      return (modules.find(({ name }) => name === "layers.*.self_attn.q_proj")?.rows ?? 0) / 4;
    };
    assert.deepEqual(["llama", "qwen3", "gemma", "gemma2"].map(headDimension), [2, 128, 256, 256]);
  });

  test("a nested text model takes the fields that it leaves out from its class", () => {
    const shape = parseModelConfig({
      model_type: "gemma3",
      text_config: { hidden_size: 2560, num_hidden_layers: 34, intermediate_size: 10240 },
    });
    assert.equal(shape.vocabularySize, 262208);
    assert.equal(shape.attentionHeads, 8);
    assert.deepEqual(
      shape.caches.map(({ kind, layers, windowTokens }) => ({ kind, layers, windowTokens })),
      [
        { kind: "sliding", layers: 29, windowTokens: 4096 },
        { kind: "full", layers: 5, windowTokens: undefined },
      ],
    );
  });
});

describe("windows", () => {
  const windows = (fields: object) =>
    parseModelConfig({ ...tiny, ...fields }).caches.map(({ windowTokens }) => windowTokens);

  test("use_sliding_window: false means none, and a null window, too", () => {
    assert.deepEqual(windows({ model_type: "qwen2", sliding_window: 16, use_sliding_window: false }), [
      undefined,
    ]);
    assert.deepEqual(
      windows({ model_type: "qwen2", sliding_window: 16 }),
      [undefined],
      "the class's default",
    );
    assert.deepEqual(windows({ model_type: "mistral", sliding_window: null }), [undefined]);
  });

  test("of all layers, of layers from one on, and by type", () => {
    assert.deepEqual(windows({ model_type: "mistral", sliding_window: 16 }), [16]);
    assert.deepEqual(
      windows({ model_type: "qwen2", sliding_window: 16, use_sliding_window: true, max_window_layers: 1 }),
      [undefined, 16],
    );
    assert.deepEqual(windows({ sliding_window: 16, layer_types: ["full_attention", "sliding_attention"] }), [
      undefined,
      16,
    ]);
  });
});

describe("quantisation", () => {
  const fp8 = { quant_method: "fp8", weight_block_size: [128, 128] };
  const bytesOf = (config: object, quantization_config: object) =>
    parseModelConfig({ ...config, quantization_config });

  test("leaves the head, embeddings and norms as they are", () => {
    const shape = bytesOf(tiny, fp8);
    const matrices = 2 * (ATTENTION + NETWORK);
    assert.equal(shape.weightsBytes, 2 * (TINY - matrices) + matrices + 2 * 7 * 4);
    assert.equal(shape.dtype, "fp8");
    assert.equal(shape.parameters, TINY);
  });

  test("leaves what the lists name", () => {
    const shape = bytesOf(tiny, { ...fp8, modules_to_not_convert: ["lm_head", "model.layers.0"] });
    assert.equal(shape.weightsBytes, bytesOf(tiny, fp8).weightsBytes + ATTENTION + NETWORK - 7 * 4);
  });

  test("takes the algorithm of each layer that modelopt lists", () => {
    const shape = bytesOf(tiny, {
      quant_method: "modelopt",
      quant_algo: "MIXED_PRECISION",
      quantized_layers: {
        "model.layers.0.mlp": { quant_algo: "FP8" },
        "model.layers.1.mlp.up_proj": { quant_algo: "NVFP4" },
      },
    });
    const saved = NETWORK - 40 * 4 + (2 * 128 - (64 + 16 + 8));
    assert.equal(shape.weightsBytes, 2 * TINY - saved);
  });

  test("reads a file of its own where the configuration has none", () => {
    const file = {
      quantization: { quant_algo: "FP8", kv_cache_quant_algo: "FP8", exclude_modules: ["lm_head"] },
    };
    const shape = parseModelConfig(tiny, { quantizationConfig: file });
    assert.equal(shape.dtype, "fp8");
    assert.equal(shape.kvDtype, "fp8");
  });

  test("by every method that checkpoints name", () => {
    const weights = { num_bits: 4, type: "int", group_size: 32, symmetric: true };
    const groups = (own: object) => ({
      quant_method: "compressed-tensors",
      config_groups: { group_0: { weights: own } },
    });
    const methods: readonly (readonly [object, string])[] = [
      [{ quant_method: "awq", bits: 4, group_size: 128 }, "int4-awq"],
      [{ quant_method: "gptq", bits: 4, group_size: 128 }, "int4-gptq"],
      [{ quant_method: "bitsandbytes", load_in_4bit: true }, "nf4"],
      [{ quant_method: "bitsandbytes", load_in_8bit: true }, "int8"],
      [groups(weights), "int4"],
      [groups({ num_bits: 8, type: "float", strategy: "channel" }), "fp8"],
      [groups({ num_bits: 4, type: "float", group_size: 16 }), "nvfp4"],
      [groups({ num_bits: 4, type: "float", group_size: 32 }), "mxfp4"],
      [groups({ num_bits: 8, type: "int" }), "int8"],
      [{ quant_method: "modelopt", quant_algo: "NVFP4" }, "nvfp4"],
      [{ quant_method: "modelopt", quant_algo: "FP8_PER_CHANNEL_PER_TOKEN" }, "fp8"],
      [{ quant_method: "modelopt", quant_algo: "FP8_PB_WO" }, "fp8"],
      [{ quant_method: "modelopt", quant_algo: "W4A16_AWQ" }, "int4"],
      [{ quant_method: "fbgemm_fp8" }, "fp8"],
      [{ quant_method: "gptq", bits: 8 }, "int8"],
    ];
    for (const [quantization, dtype] of methods) assert.equal(bytesOf(tiny, quantization).dtype, dtype);
  });

  test("MXFP4 is of the experts alone", () => {
    const shape = bytesOf(mixtralConfig, { quant_method: "mxfp4", modules_to_not_convert: [] });
    assert.deepEqual(
      new Set(shape.modules.filter(({ scheme }) => scheme.kind === "mxfp4").map(({ role }) => role)),
      new Set(["experts"]),
    );
  });

  test("can be asked for", () => {
    assert.equal(parseModelConfig(llama31Config, { quantization: "int4-awq" }).dtype, "int4-awq");
    assert.throws(() => parseModelConfig(llama31Config, { quantization: "fp9" }), {
      code: "UNKNOWN_DTYPE",
      message:
        'Expected quantization to be one of bfloat16, float16, float32, fp8, int8, int4, int8-g32, int4-g32, int4-awq, int4-gptq, nf4, mxfp4, nvfp4, found "fp9".',
    });
    assert.throws(() => parseModelConfig(llama31Config, { quantization: "my-fancy-w4a16-thing" }), {
      code: "UNKNOWN_DTYPE",
    });
  });
});

describe("the size of the checkpoint, where it is known", () => {
  test("holds, less what is not loaded", () => {
    const head = 2 * 151936 * 1024;
    const computed = parseModelConfig(qwen3SmallConfig).weightsBytes;
    const shape = parseModelConfig(qwen3SmallConfig, { safetensorsBytes: computed + head + 1000 });
    assert.equal(shape.weightsBytes, computed + 1000);
    assert.equal(shape.weightsSource, "size of the safetensors files less the copy of a tied head");
  });

  test("is taken whole where it is of something else", () => {
    const shape = parseModelConfig(qwen3SmallConfig, { safetensorsBytes: 9e8 });
    assert.equal(shape.weightsBytes, 9e8);
    assert.equal(shape.weightsSource, "size of the safetensors files");
  });
});

describe("the longest sequence", () => {
  const longest = (fields: object) => parseModelConfig({ ...tiny, ...fields }).maxPositionEmbeddings;

  test("is the file's where training extended it", () => {
    assert.equal(parseModelConfig(llama31Config).maxPositionEmbeddings, 131072);
  });

  test("grows with YaRN, from where the file says or from the file's own", () => {
    const yarn = { rope_type: "yarn", factor: 4.0 };
    assert.equal(longest({ rope_scaling: { ...yarn, original_max_position_embeddings: 32 } }), 128);
    assert.equal(longest({ rope_scaling: yarn }), 256);
    assert.equal(longest({ rope_parameters: yarn }), 256);
    assert.equal(longest({ rope_scaling: null }), 64);
  });
});

test("tables of RoPE: one per kind of layer, as long as the scaling makes them", () => {
  const values = (fields: object) => parseModelConfig({ ...tiny, ...fields }).rotaryTableValues;
  assert.equal(values({}), 64 * 2);
  assert.equal(values({ partial_rotary_factor: 0.5 }), 64 * 1);
  assert.equal(values({ rope_scaling: { rope_type: "linear", factor: 8.0 } }), 8 * 64 * 2);
  assert.equal(values({ rope_scaling: { rope_type: "llama3", factor: 8.0 } }), 64 * 2);
  const perLayer = {
    full_attention: { partial_rotary_factor: 0.25 },
    sliding_attention: { rope_theta: 10000.0 },
  };
  assert.equal(values({ head_dim: 4, global_head_dim: 8, rope_parameters: perLayer }), 64 * (8 / 4) + 64 * 4);
  assert.equal(parseModelConfig(gemma3Config).rotaryTableValues, (8 + 1) * 131072 * 256);
});

describe("a file that describes no model", () => {
  test("names the field that is missing, with its path", () => {
    assert.throws(() => parseModelConfig({ ...tiny, hidden_size: undefined }), {
      code: "INVALID_MODEL_CONFIG_JSON",
      field: "hidden_size",
      message:
        'Expected a positive whole number in "hidden_size" of config.json, found nothing. Use the config.json beside the model\'s weights.',
    });
    assert.throws(() => parseModelConfig({ model_type: "x", text_config: { ...tiny, vocab_size: "many" } }), {
      message:
        'Expected a whole number of at least 0 in "text_config.vocab_size" of config.json, found "many". Use the config.json beside the model\'s weights.',
    });
  });

  test("has no key-value heads, or a window of no tokens", () => {
    const sliding = { layer_types: ["sliding_attention", "full_attention"] };
    const configs = {
      num_key_value_heads: { ...tiny, num_key_value_heads: 0 },
      sliding_window: { ...tiny, ...sliding, sliding_window: 0 },
    };
    for (const [field, config] of Object.entries(configs)) {
      assert.throws(() => parseModelConfig(config), { code: "INVALID_MODEL_CONFIG_JSON", field });
    }
  });

  test("is no object", () => {
    assert.throws(() => parseModelConfig([]), {
      message:
        'Expected an object in "." of config.json, found []. Use the config.json beside the model\'s weights.',
    });
  });

  test("has an unknown number format or quantiser", () => {
    assert.throws(() => parseModelConfig({ ...tiny, torch_dtype: "posit16" }), {
      code: "UNKNOWN_DTYPE",
      message: 'Expected torch_dtype to be one of bfloat16, float16, float32, found "posit16".',
    });
    assert.throws(() => parseModelConfig({ ...tiny, quantization_config: { quant_method: "magic" } }), {
      message:
        'Expected fp8, mxfp4, awq, gptq, bitsandbytes, compressed-tensors or modelopt in "quantization_config.quant_method" of config.json, found "magic". Use the config.json beside the model\'s weights.',
    });
  });
});
