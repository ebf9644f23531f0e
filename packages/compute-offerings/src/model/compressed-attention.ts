import type { ConfigReader } from "./config-reader.ts";
import type { CacheLayer } from "./model-shape.ts";
import type { ModuleScope } from "./module-scope.ts";

/**
 * Attention of DeepSeek-V4: one key that is its value too, a short window, and beside it a history in which one entry stands for
 * `ratio` tokens; at ratio 4 with an indexer. As in `modeling_deepseek_v4.py` of transformers; names are the checkpoint's.
 */
export function addCompressedAttention(
  scope: ModuleScope,
  config: ConfigReader,
  ratio: number,
): readonly CacheLayer[] {
  const hidden = config.integer("hidden_size");
  const heads = config.integer("num_attention_heads");
  const dimension = config.integer("head_dim");
  const queryLatent = config.integer("q_lora_rank");
  const groups = config.integer("o_groups");
  const outputLatent = config.integer("o_lora_rank");
  const at = scope.in("attn");
  at.linear("wq_a", queryLatent, hidden, { shards: "none" });
  at.values("q_norm", queryLatent);
  at.linear("wq_b", heads * dimension, queryLatent);
  at.linear("wkv", dimension, hidden, { shards: "none" });
  at.values("kv_norm", dimension);
  at.linear("wo_a", groups * outputLatent, (heads * dimension) / groups);
  at.linear("wo_b", hidden, groups * outputLatent);
  at.values("attn_sink", heads);
  const window = config.integer("sliding_window");
  const recent: CacheLayer = { kind: "sliding", layers: 1, valuesPerEntry: dimension, windowTokens: window };
  if (ratio === 0) return [recent];
  addCompressor(at.in("compressor"), hidden, dimension, ratio);
  const history: CacheLayer = {
    kind: "compressed",
    layers: 1,
    valuesPerEntry: dimension,
    tokensPerEntry: ratio,
  };
  if (ratio !== 4) return [recent, history];
  const indexHeads = config.integer("index_n_heads");
  const indexDimension = config.integer("index_head_dim");
  const indexer = at.in("indexer");
  indexer.linear("wq_b", indexHeads * indexDimension, queryLatent, { shards: "none" });
  indexer.linear("weights_proj", indexHeads, hidden, { shards: "none", plain: true });
  addCompressor(indexer.in("compressor"), hidden, indexDimension, ratio);
  const keys: CacheLayer = {
    kind: "indexer",
    layers: 1,
    valuesPerEntry: indexDimension,
    tokensPerEntry: ratio,
  };
  return [recent, history, keys];
}

/** At ratio 4 windows overlap, for which it makes two series. */
function addCompressor(at: ModuleScope, hidden: number, dimension: number, ratio: number): void {
  const width = dimension * (ratio === 4 ? 2 : 1);
  at.linear("wkv", width, hidden, { shards: "none", plain: true });
  at.linear("wgate", width, hidden, { shards: "none", plain: true });
  at.values("ape", ratio * width);
  at.values("norm", dimension);
}

/** Hyper-connections keep several residual streams and mix them before attention and before the feed-forward network. */
export function addHyperConnections(scope: ModuleScope, config: ConfigReader): void {
  const streams = config.optionalInteger("hc_mult");
  if (streams === undefined) return;
  const mix = (2 + streams) * streams;
  for (const place of ["hc_attn", "hc_ffn"]) {
    scope.values(place, mix * streams * config.integer("hidden_size") + mix + 3);
  }
}
