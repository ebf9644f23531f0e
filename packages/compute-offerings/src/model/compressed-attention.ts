import type { ConfigReader } from "./config-reader.ts";
import type { LayerCache } from "./model-shape.ts";
import type { ModuleScope } from "./module-scope.ts";

/**
 * Attention of DeepSeek-V4: one key that is its value too, a short window, and beside it a history in which one entry stands for
 * `ratio` tokens; at ratio 4 with an indexer. As in `modeling_deepseek_v4.py` of transformers; names are the checkpoint's.
 */
export function addCompressedAttention(
  scope: ModuleScope,
  config: ConfigReader,
  ratio: number,
): readonly LayerCache[] {
  const hidden = config.required("hidden_size");
  const heads = config.required("num_attention_heads");
  const dimension = config.required("head_dim");
  const queryLatent = config.required("q_lora_rank");
  const groups = config.required("o_groups");
  const outputLatent = config.required("o_lora_rank");
  const at = scope.in("attn");
  at.copied("wq_a", queryLatent, hidden);
  at.linear("wq_b", heads * dimension, queryLatent);
  at.copied("wkv", dimension, hidden);
  at.linear("wo_a", groups * outputLatent, (heads * dimension) / groups);
  at.linear("wo_b", hidden, groups * outputLatent);
  // Hyper-connections mix several residual streams before attention and before the feed-forward network.
  const streams = config.integer("hc_mult") ?? 0;
  at.values("hyper_connections", 2 * (2 + streams) * streams ** 2 * hidden);
  const window = config.required("sliding_window");
  const recent: LayerCache = { kind: "sliding", valuesPerEntry: dimension, windowTokens: window };
  if (ratio === 0) return [recent];
  addCompressor(at.in("compressor"), hidden, dimension, ratio);
  const history: LayerCache = {
    kind: "compressed",

    valuesPerEntry: dimension,
    tokensPerEntry: ratio,
  };
  if (ratio !== 4) return [recent, history];
  const indexHeads = config.required("index_n_heads");
  const indexDimension = config.required("index_head_dim");
  const indexer = at.in("indexer");
  indexer.copied("wq_b", indexHeads * indexDimension, queryLatent);
  indexer.copied("weights_proj", indexHeads, hidden, true);
  addCompressor(indexer.in("compressor"), hidden, indexDimension, ratio);
  const keys: LayerCache = {
    kind: "indexer",

    valuesPerEntry: indexDimension,
    tokensPerEntry: ratio,
  };
  const picked = config.positive("index_topk");
  return [recent, picked === undefined ? history : { ...history, readEntries: picked }, keys];
}

/** At ratio 4 windows overlap, for which it makes two series. */
function addCompressor(at: ModuleScope, hidden: number, dimension: number, ratio: number): void {
  const width = dimension * (ratio === 4 ? 2 : 1);
  at.copied("wkv", width, hidden, true);
  at.copied("wgate", width, hidden, true);
}
