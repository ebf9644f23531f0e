import type { ConfigReader } from "./config-reader.ts";
import type { LayerCache } from "./model-shape.ts";
import type { ModuleScope } from "./module-scope.ts";
import { plainBytes } from "./quantization.ts";

/** Bytes of what a layer keeps per sequence: the last inputs of its convolution, and the state of its heads. */
function stateCache(
  convolution: number,
  convolutionBytes: number,
  state: number,
  stateBytes: number,
  heads: number,
): LayerCache {
  const bytesPerSequence = convolution * convolutionBytes + state * stateBytes;
  return { kind: "state", valuesPerEntry: 0, bytesPerSequence, heads };
}

/** Gated DeltaNet of Qwen3-Next and Qwen3.5. */
export function addGatedDeltaNet(
  scope: ModuleScope,
  config: ConfigReader,
  activationBytes: number,
): LayerCache {
  const hidden = config.required("hidden_size");
  const keyHeads = config.required("linear_num_key_heads");
  const keyDimension = config.required("linear_key_head_dim");
  const valueHeads = config.required("linear_num_value_heads");
  const valueDimension = config.required("linear_value_head_dim");
  const kernel = config.required("linear_conv_kernel_dim");
  const keys = keyHeads * keyDimension;
  const values = valueHeads * valueDimension;
  const at = scope.in("linear_attn");
  at.linear("in_proj_qkv", 2 * keys + values, hidden);
  at.linear("in_proj_z", values, hidden);
  at.linear("in_proj_b", valueHeads, hidden);
  at.linear("in_proj_a", valueHeads, hidden);
  at.linear("conv1d", 2 * keys + values, kernel, { plain: true });
  at.linear("out_proj", hidden, values);
  const stateBytes = plainBytes(config.text("mamba_ssm_dtype") ?? "float32") ?? 4;
  return stateCache(
    (2 * keys + values) * (kernel - 1),
    activationBytes,
    values * keyDimension,
    stateBytes,
    valueHeads,
  );
}

/** Kimi Delta Attention, whose decay is per channel. */
export function addKimiDelta(scope: ModuleScope, config: ConfigReader, activationBytes: number): LayerCache {
  const hidden = config.required("hidden_size");
  const linear = config.object("linear_attn_config") ?? config;
  const heads = linear.required("num_heads");
  const dimension = linear.required("head_dim");
  const kernel = linear.required("short_conv_kernel_size");
  const width = heads * dimension;
  const at = scope.in("self_attn");
  for (const name of ["q", "k", "v"]) {
    at.linear(`${name}_proj`, width, hidden);
    at.linear(`${name}_conv1d`, width, kernel, { plain: true });
  }
  at.copied("f_a_proj", dimension, hidden);
  at.linear("f_b_proj", width, dimension);
  at.linear("b_proj", heads, hidden);
  if (linear.flag(false, "use_full_rank_gate")) {
    at.linear("g_proj", width, hidden);
  } else {
    at.copied("g_a_proj", dimension, hidden);
    at.linear("g_b_proj", width, dimension);
  }
  at.linear("o_proj", hidden, width);
  return stateCache(3 * width * (kernel - 1), activationBytes, width * dimension, 4, heads);
}

/** Mamba-2 of Nemotron-H. */
export function addMamba(scope: ModuleScope, config: ConfigReader, activationBytes: number): LayerCache {
  const hidden = config.required("hidden_size");
  const heads = config.required("mamba_num_heads");
  const inner = heads * config.required("mamba_head_dim");
  const state = config.required("ssm_state_size");
  const groups = config.required("n_groups");
  const kernel = config.required("conv_kernel");
  const convolved = inner + 2 * groups * state;
  const at = scope.in("mixer");
  at.linear("in_proj", inner + convolved + heads, hidden);
  at.linear("conv1d", convolved, kernel, { plain: true });
  at.linear("out_proj", hidden, inner);
  const stateBytes = plainBytes(config.text("mamba_ssm_cache_dtype") ?? "") ?? activationBytes;
  return stateCache(convolved * (kernel - 1), activationBytes, inner * state, stateBytes, heads);
}
