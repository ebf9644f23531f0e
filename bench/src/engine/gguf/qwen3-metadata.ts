import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GgufValue } from "./gguf-encoding.ts";

/** Kinds of tokens in `gguf-py/gguf/constants.py` of llama.cpp. */
const TOKEN_TYPES = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;
/** Matrices in bf16. */
const MOSTLY_BF16 = 32;

/** The metadata that llama.cpp's own converter writes for a Hugging Face folder of a Qwen3 model. */
export function qwen3Metadata(folder: string): Readonly<Record<string, GgufValue>> {
  const config = readJson<Config>(folder, "config.json");
  const { model, added_tokens: added } = readJson<TokenizerFile>(folder, "tokenizer.json");
  const { chat_template: template } = readJson<TokenizerConfig>(folder, "tokenizer_config.json");
  const size = config.vocab_size;
  // Rows of the embedding that no token has.
  const tokens = Array.from({ length: size }, (_, id) => `[PAD${id}]`);
  const types = Array.from({ length: size }, (): number => TOKEN_TYPES.unused);
  for (const [token, id] of Object.entries(model.vocab)) {
    [tokens[id], types[id]] = [token, TOKEN_TYPES.normal];
  }
  for (const { id, content, special } of added) {
    [tokens[id], types[id]] = [content, special ? TOKEN_TYPES.control : TOKEN_TYPES.userDefined];
  }
  return {
    "general.architecture": { string: "qwen3" },
    "general.name": { string: "random" },
    "general.file_type": { uint32: MOSTLY_BF16 },
    "qwen3.block_count": { uint32: config.num_hidden_layers },
    "qwen3.context_length": { uint32: config.max_position_embeddings },
    "qwen3.embedding_length": { uint32: config.hidden_size },
    "qwen3.feed_forward_length": { uint32: config.intermediate_size },
    "qwen3.attention.head_count": { uint32: config.num_attention_heads },
    "qwen3.attention.head_count_kv": { uint32: config.num_key_value_heads },
    "qwen3.attention.key_length": { uint32: config.head_dim },
    "qwen3.attention.value_length": { uint32: config.head_dim },
    "qwen3.attention.layer_norm_rms_epsilon": { float32: config.rms_norm_eps },
    "qwen3.rope.freq_base": { float32: config.rope_theta },
    "tokenizer.ggml.model": { string: "gpt2" },
    "tokenizer.ggml.pre": { string: "qwen2" },
    "tokenizer.ggml.tokens": { strings: tokens },
    "tokenizer.ggml.token_type": { int32s: types },
    "tokenizer.ggml.merges": {
      strings: model.merges.map((merge) => (typeof merge === "string" ? merge : merge.join(" "))),
    },
    "tokenizer.ggml.bos_token_id": { uint32: config.bos_token_id },
    "tokenizer.ggml.eos_token_id": { uint32: config.eos_token_id },
    "tokenizer.ggml.padding_token_id": { uint32: config.bos_token_id },
    "tokenizer.ggml.add_bos_token": { bool: false },
    "tokenizer.chat_template": { string: template },
  };
}

interface Config {
  readonly vocab_size: number;
  readonly num_hidden_layers: number;
  readonly max_position_embeddings: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly bos_token_id: number;
  readonly eos_token_id: number;
}

interface TokenizerFile {
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
  };
  readonly added_tokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly special: boolean;
  }[];
}

interface TokenizerConfig {
  readonly chat_template: string;
}

function readJson<T>(folder: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as T;
}
