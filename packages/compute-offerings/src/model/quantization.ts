import { type ConfigReader, isNumber, isString, ConfigReader as Reader } from "./config-reader.ts";
import type { WeightScheme } from "./model-shape.ts";
import { nameMatcher, withoutWrappers } from "./name-pattern.ts";
import { UnknownDtypeError } from "./unknown-dtype-error.ts";

/** How a checkpoint is quantised. */
export interface Quantization {
  /** Scheme of a linear layer by its path; undefined leaves it as it is. */
  schemeOf(name: string): WeightScheme | undefined;
  /** Whether the checkpoint brings scales for a KV cache in FP8. */
  readonly fp8KvCache: boolean;
}

/** Schemes that a runtime can bring weights to by itself, by the names that users give. */
const SCHEMES: Readonly<Record<string, WeightScheme>> = {
  fp8: { kind: "fp8", scaleBytes: 4 },
  "fp8-block": { kind: "fp8", block: [128, 128], scaleBytes: 4 },
  int8: { kind: "int8" },
  int4: { kind: "int4", format: "packed", groupSize: 128, zeroPoints: false, actOrder: false },
  "int4-awq": { kind: "int4", format: "awq", groupSize: 128, zeroPoints: true, actOrder: false },
  awq: { kind: "int4", format: "awq", groupSize: 128, zeroPoints: true, actOrder: false },
  "int4-gptq": { kind: "int4", format: "gptq", groupSize: 128, zeroPoints: true, actOrder: true },
  gptq: { kind: "int4", format: "gptq", groupSize: 128, zeroPoints: true, actOrder: true },
  nf4: { kind: "nf4", blockSize: 64 },
  bitsandbytes: { kind: "nf4", blockSize: 64 },
  mxfp4: { kind: "mxfp4" },
  nvfp4: { kind: "nvfp4" },
};

/** Scheme by the name that a user gives. Throws {@link UnknownDtypeError} for one that is none. */
export function schemeByName(name: string): WeightScheme {
  const key = name.toLowerCase();
  const bytesPerValue = plainBytes(key);
  if (bytesPerValue !== undefined) return { kind: "plain", bytesPerValue };
  const scheme = SCHEMES[key];
  if (scheme === undefined) {
    throw new UnknownDtypeError("quantization", name, [
      "bfloat16",
      "float16",
      "float32",
      ...Object.keys(SCHEMES),
    ]);
  }
  return scheme;
}

/** Bytes of a value in one of the formats without scales. */
export function plainBytes(dtype: string): number | undefined {
  switch (dtype.replace(/^torch\./, "").toLowerCase()) {
    case "bfloat16":
    case "bf16":
    case "float16":
    case "fp16":
    case "f16":
    case "half":
      return 2;
    case "float32":
    case "fp32":
    case "f32":
    case "float":
      return 4;
    default:
      return undefined;
  }
}

/** Reads `quantization_config` of a `config.json`, or `quantization` of modelopt's `hf_quant_config.json`. */
export function readQuantization(config: ConfigReader, expertDtype: string | undefined): Quantization {
  const method = (config.text("quant_method") ?? "modelopt").toLowerCase();
  const skipped = nameMatcher([
    ...(config.list(
      isString,
      "modules_to_not_convert",
      "ignore",
      "exclude_modules",
      "ignored_layers",
      "llm_int8_skip_modules",
    ) ?? []),
    // Every quantiser leaves the head alone unless it names it.
    ...(config.object("quantized_layers") === undefined ? ["lm_head"] : []),
  ]);
  const scheme = schemeOfMethod(config, method);
  const perLayer = schemesPerLayer(config);
  const moe = expertDtype === undefined ? undefined : { fp4: { kind: "mxfp4" } as const }[expertDtype];
  return {
    fp8KvCache: bringsFp8KvScales(config),
    schemeOf(name) {
      const own = perLayer(name);
      if (own !== undefined) return own;
      if (method === "modelopt" && config.text("quant_algo") === "MIXED_PRECISION") return undefined;
      const experts = name.includes("experts") && !name.includes("shared_expert");
      // MXFP4 of gpt-oss is of its experts alone, whatever the list of exceptions says.
      if (method === "mxfp4" && !experts) return undefined;
      if (moe !== undefined && experts) return moe;
      return skipped(name) ? undefined : scheme;
    },
  };
}

function schemeOfMethod(config: ConfigReader, method: string): WeightScheme {
  const bits = config.optionalInteger("bits", "w_bit", "num_bits");
  switch (method) {
    case "fp8":
    case "fbgemm_fp8":
      return fp8(config);
    case "mxfp4":
      return { kind: "mxfp4" };
    case "awq":
    case "gptq":
    case "gptq_marlin":
    case "awq_marlin":
    case "auto-round": {
      if (bits === 8) return { kind: "int8" };
      const groupSize = config.optionalNumber("group_size", "q_group_size") ?? 128;
      return {
        kind: "int4",
        format: method.startsWith("awq") ? "awq" : "gptq",
        groupSize: groupSize > 0 ? groupSize : Number.MAX_SAFE_INTEGER,
        zeroPoints: true,
        actOrder: !method.startsWith("awq"),
      };
    }
    case "bitsandbytes":
      return config.flag(false, "load_in_8bit", "_load_in_8bit")
        ? { kind: "int8" }
        : { kind: "nf4", blockSize: 64 };
    case "compressed-tensors":
      return compressedTensors(config);
    case "modelopt":
    case "modelopt_fp4":
      return byAlgorithm(config.text("quant_algo") ?? "", config);
    default:
      throw config.invalid(
        "quant_method",
        "fp8, mxfp4, awq, gptq, bitsandbytes, compressed-tensors or modelopt",
      );
  }
}

function fp8(config: ConfigReader): WeightScheme {
  const [rows, columns] = config.list(isNumber, "weight_block_size") ?? [];
  // `ue8m0` scales are exponents of one byte.
  const scaleBytes = config.text("scale_fmt") === "ue8m0" ? 1 : 4;
  if (rows === undefined || columns === undefined) return { kind: "fp8", scaleBytes };
  return { kind: "fp8", block: [rows, columns], scaleBytes };
}

function byAlgorithm(algorithm: string, config: ConfigReader): WeightScheme {
  if (/NVFP4/.test(algorithm)) return { kind: "nvfp4" };
  if (/MXFP4/.test(algorithm)) return { kind: "mxfp4" };
  if (/MXFP8/.test(algorithm)) return { kind: "fp8", block: [1, 32], scaleBytes: 1 };
  if (/FP8_PB|FP8_BLOCK/.test(algorithm)) return { kind: "fp8", block: [128, 128], scaleBytes: 4 };
  if (/FP8/.test(algorithm)) return { kind: "fp8", scaleBytes: 4 };
  if (/W4A16_AWQ|W4A8_AWQ|INT4/.test(algorithm)) {
    const groupSize = config.optionalInteger("group_size") ?? 128;
    return { kind: "int4", format: "awq", groupSize, zeroPoints: false, actOrder: false };
  }
  if (/INT8|W8A8/.test(algorithm)) return { kind: "int8" };
  // Mixed precision names its layers one by one; the rest stays in FP8 where an outer method says so.
  if (algorithm === "MIXED_PRECISION") return fp8(config);
  throw config.invalid("quant_algo", "an algorithm of modelopt such as FP8, NVFP4 or W4A16_AWQ");
}

/** The scheme of the first group; layers outside its targets are in `ignore`. */
function compressedTensors(config: ConfigReader): WeightScheme {
  const groups = config.object("config_groups");
  const group = groups?.object(groups.entries()[0]?.[0] ?? "");
  const weights = group?.object("weights");
  if (weights === undefined) throw config.invalid("config_groups", "a group with weights");
  const bits = weights.integer("num_bits");
  const groupSize = weights.optionalInteger("group_size");
  if (weights.text("type") === "float") {
    if (bits === 4) return groupSize === 32 ? { kind: "mxfp4" } : { kind: "nvfp4" };
    const [rows, columns] = weights.list(isNumber, "block_structure") ?? [];
    if (rows !== undefined && columns !== undefined)
      return { kind: "fp8", block: [rows, columns], scaleBytes: 4 };
    return { kind: "fp8", scaleBytes: 2 };
  }
  if (bits === 8) return { kind: "int8" };
  if (bits !== 4) throw weights.invalid("num_bits", "4 or 8");
  return {
    kind: "int4",
    format: "packed",
    groupSize: groupSize ?? Number.MAX_SAFE_INTEGER,
    zeroPoints: !weights.flag(true, "symmetric"),
    actOrder: weights.text("actorder") === "group",
  };
}

/** Algorithms that modelopt lists layer by layer; a name stands for what is below it, too. */
function schemesPerLayer(config: ConfigReader): (name: string) => WeightScheme | undefined {
  const layers = config.object("quantized_layers");
  if (layers === undefined) return () => undefined;
  const schemes = new Map<string, WeightScheme>();
  for (const [name, value] of layers.entries()) {
    const layer = new Reader(value, `quantized_layers.${name}`);
    schemes.set(withoutWrappers(name), byAlgorithm(layer.text("quant_algo") ?? "", layer));
  }
  return (name) => {
    for (let path = name; path !== ""; path = path.slice(0, Math.max(path.lastIndexOf("."), 0))) {
      const scheme = schemes.get(path);
      if (scheme !== undefined) return scheme;
    }
    return undefined;
  };
}

function bringsFp8KvScales(config: ConfigReader): boolean {
  if (config.text("kv_cache_quant_algo") === "FP8") return true;
  const scheme = config.value("kv_cache_scheme");
  if (scheme === "FP8") return true;
  return typeof scheme === "object" && config.object("kv_cache_scheme")?.optionalInteger("num_bits") === 8;
}
