import type { ConfigReader } from "./config-reader.ts";
import type { ModelShape, WeightScheme } from "./model-shape.ts";
import { nameMatcher, withoutWrappers } from "./name-pattern.ts";
import { UnknownDtypeError } from "./unknown-dtype-error.ts";

/** How a checkpoint is quantised. */
export interface Quantization {
  /** Scheme of a linear layer by its path; undefined leaves it as it is. */
  schemeOf(name: string): WeightScheme | undefined;
  /** Format of a KV cache that the checkpoint brings scales for. */
  readonly kvDtype: "fp8" | undefined;
}

/** Formats without scales. */
export const PLAIN: readonly string[] = ["bfloat16", "float16", "float32"];

const FP8 = { kind: "fp8", scaleBytes: 4 } as const;
const INT8 = { kind: "int8" } as const;
const MXFP4 = { kind: "mxfp4" } as const;
const NVFP4 = { kind: "nvfp4" } as const;
const AWQ = { kind: "int4", format: "awq", groupSize: 128, zeroPoints: true, actOrder: false } as const;
/** As LM Lite quantises while it loads, but for the strips of sixteen rows that it fills up: native/backend-cpu/src/quantize. */
const G32 = { format: "g32", groupSize: 32, zeroPoints: false, actOrder: false } as const;

/** Schemes by what quantisers, algorithms of modelopt and users call them; the first that fits counts. */
const NAMED: readonly (readonly [RegExp, WeightScheme])[] = [
  [/nvfp4/, NVFP4],
  [/mxfp4/, MXFP4],
  [/mxfp8/, { ...FP8, block: [1, 32], scaleBytes: 1 }],
  [/fp8[-_](pb|block)/, { ...FP8, block: [128, 128] }],
  // Mixed precision names its layers one by one; the rest stays in FP8 where an outer method says so.
  [/fp8$|^fp8_|mixed/, FP8],
  [/^(int4-)?gptq|^auto-round/, { ...AWQ, format: "gptq", actOrder: true }],
  [/^(int4-)?awq/, AWQ],
  [/int4|w4a/, { ...AWQ, format: "packed", zeroPoints: false }],
  [/int8|w8a8/, INT8],
  [/nf4|bitsandbytes/, { kind: "nf4", blockSize: 64 }],
];

/** What a user may ask for; checkpoints name their algorithms more freely. */
const KNOWN = [...PLAIN, ..."fp8 int8 int4 int8-g32 int4-g32 int4-awq int4-gptq nf4 mxfp4 nvfp4".split(" ")];

function schemeNamed(name: string): WeightScheme | undefined {
  return NAMED.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
}

/** Scheme by the name that a user gives. Throws {@link UnknownDtypeError} for one that is none. */
export function schemeByName(name: string): WeightScheme {
  const bytesPerValue = plainBytes(name);
  if (bytesPerValue !== undefined) return { kind: "plain", bytesPerValue };
  const scheme = KNOWN.includes(name.toLowerCase()) ? schemeNamed(name) : undefined;
  if (scheme === undefined) throw new UnknownDtypeError("quantization", name, KNOWN);
  return /g32/i.test(name) ? { ...scheme, ...G32 } : scheme;
}

/** The full name of a format without scales; undefined for all others. */
export function plainName(dtype: string): ModelShape["activationDtype"] | undefined {
  const name = dtype.replace(/^torch\./, "").toLowerCase();
  if (/^b(f|float)16$/.test(name)) return "bfloat16";
  if (/^(f|fp|float)16$|^half$/.test(name)) return "float16";
  return /^(f|fp|float)32$|^float$/.test(name) ? "float32" : undefined;
}

/** Bytes of a value in one of the formats without scales. */
export function plainBytes(dtype: string): number | undefined {
  const name = plainName(dtype);
  return name && (name === "float32" ? 4 : 2);
}

/** Reads `quantization_config` of a `config.json`, or `quantization` of modelopt's `hf_quant_config.json`. */
export function readQuantization(config: ConfigReader, expertDtype: string | undefined): Quantization {
  const method = (config.text("quant_method") ?? "modelopt").toLowerCase();
  const named = schemesByLayer(config);
  const skipped = nameMatcher([
    ...(config.strings("modules_to_not_convert") ?? []),
    // Every quantiser leaves the head alone unless it names it.
    ...(named === undefined ? ["lm_head"] : []),
  ]);
  const scheme = schemeOfMethod(config, method);
  const onlyNamed = method === "modelopt" && config.text("quant_algo") === "MIXED_PRECISION";
  return {
    kvDtype: bringsFp8KvScales(config) ? "fp8" : undefined,
    schemeOf(name) {
      const own = named?.(name);
      if (own !== undefined || onlyNamed) return own;
      const experts = name.includes("experts") && !name.includes("shared_expert");
      // MXFP4 of gpt-oss is of its experts alone, whatever the list of exceptions says.
      if (method === "mxfp4" && !experts) return undefined;
      if (expertDtype === "fp4" && experts) return MXFP4;
      return skipped(name) ? undefined : scheme;
    },
  };
}

/** By the name of the method, or of the algorithm where the method is modelopt. */
function schemeOfMethod(config: ConfigReader, method: string): WeightScheme {
  if (method === "compressed-tensors") return compressedTensors(config);
  const byAlgorithm = method.startsWith("modelopt");
  const scheme = schemeNamed(byAlgorithm ? (config.text("quant_algo") ?? "") : method);
  if (!byAlgorithm) {
    // `ue8m0` scales are exponents of one byte.
    if (scheme?.kind === "fp8") {
      return withBlocks(config.numbers("weight_block_size"), config.text("scale_fmt") === "ue8m0" ? 1 : 4);
    }
    if (config.integer("bits") === 8 || config.flag(false, "load_in_8bit")) return INT8;
  }
  if (scheme?.kind === "int4") {
    const groupSize = config.number("group_size") ?? 128;
    // Minus one means that a whole row is a group.
    return { ...scheme, groupSize: groupSize > 0 ? groupSize : Infinity };
  }
  if (scheme !== undefined) return scheme;
  throw byAlgorithm
    ? config.invalid("quant_algo", "an algorithm such as FP8 or NVFP4")
    : config.invalid("quant_method", "fp8, mxfp4, awq, gptq, bitsandbytes, compressed-tensors or modelopt");
}

function withBlocks(sizes: readonly number[] | undefined, scaleBytes: number): WeightScheme {
  const [rows, columns] = sizes ?? [];
  return { ...FP8, ...(rows && columns ? { block: [rows, columns] } : {}), scaleBytes };
}

/** The scheme of the first group; layers outside its targets are in `ignore`. */
function compressedTensors(config: ConfigReader): WeightScheme {
  const groups = config.object("config_groups");
  const weights = groups?.object(groups.names()[0] ?? "")?.object("weights");
  if (weights === undefined) throw config.invalid("config_groups", "a group with weights");
  const bits = weights.required("num_bits");
  const groupSize = weights.integer("group_size");
  if (weights.text("type") === "float") {
    if (bits === 4) return groupSize === 32 ? MXFP4 : NVFP4;
    const blocks = weights.numbers("block_structure");
    return withBlocks(blocks, blocks === undefined ? 2 : 4);
  }
  if (bits === 8) return INT8;
  if (bits !== 4) throw weights.invalid("num_bits", "4 or 8");
  return {
    ...AWQ,
    format: "packed",
    groupSize: groupSize ?? Infinity,
    zeroPoints: !weights.flag(true, "symmetric"),
    actOrder: weights.text("actorder") === "group",
  };
}

/** Algorithms that modelopt lists layer by layer; a name stands for what is below it, too. */
function schemesByLayer(config: ConfigReader): ((name: string) => WeightScheme | undefined) | undefined {
  const layers = config.object("quantized_layers");
  if (layers === undefined) return undefined;
  const schemes = new Map<string, WeightScheme>();
  for (const name of layers.names()) {
    const layer = layers.object(name);
    if (layer !== undefined) schemes.set(withoutWrappers(name), schemeOfMethod(layer, "modelopt"));
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
  const scheme = config.value("kv_cache_scheme");
  if (typeof scheme === "object") return config.object("kv_cache_scheme")?.integer("num_bits") === 8;
  return scheme === "FP8" || config.text("kv_cache_quant_algo") === "FP8";
}
