/** Parts of a Qwen3 layer: their names in safetensors, and those that llama.cpp has for them. */
const PARTS: Readonly<Record<string, string>> = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "self_attn.q_norm": "attn_q_norm",
  "self_attn.k_norm": "attn_k_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
};

const WHOLE: Readonly<Record<string, string>> = {
  "model.embed_tokens.weight": "token_embd.weight",
  "model.norm.weight": "output_norm.weight",
  "lm_head.weight": "output.weight",
};

/**
 * llama.cpp's name of a Qwen3 model's tensor.
 *
 * @throws Error for a name that Qwen3 does not have.
 */
export function ggufTensorName(name: string): string {
  const [, layer = "", part = ""] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const known = WHOLE[name] ?? (PARTS[part] === undefined ? undefined : `blk.${layer}.${PARTS[part]}.weight`);
  if (known === undefined) throw new Error(`expected a tensor of a Qwen3 model, found ${name}`);
  return known;
}
