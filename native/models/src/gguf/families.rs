use conduit_backend::RotaryStyle;
use conduit_gguf::Metadata;

use crate::error::{ModelError, Result};

/// How GGUF files have a family of decoders.
pub(crate) struct GgufFamily {
    /// What `general.architecture` says, and keys begin with.
    pub architecture: &'static str,
    /// What `config.json` would say.
    pub model_type: &'static str,
    /// llama.cpp's converter interleaves the rows of queries and keys of `llama`, and of no other one here.
    pub rotary_style: RotaryStyle,
    /// Whether files that have biases have them because `config.json` said so, not because all of the family have them.
    pub has_optional_biases: bool,
    /// Parts of layers: their names in GGUF, and in Hugging Face's layout.
    layer_parts: &'static [(&'static str, &'static str)],
}

/// Outside the layers.
const MODEL_PARTS: [(&str, &str); 3] =
    [("token_embd", "model.embed_tokens"), ("output_norm", "model.norm"), ("output", "lm_head")];

const LAYER_PARTS: [(&str, &str); 11] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

static FAMILIES: [GgufFamily; 3] = [
    GgufFamily {
        architecture: "llama",
        model_type: "llama",
        rotary_style: RotaryStyle::Interleaved,
        has_optional_biases: true,
        layer_parts: &LAYER_PARTS,
    },
    GgufFamily {
        architecture: "qwen2",
        model_type: "qwen2",
        rotary_style: RotaryStyle::RotateHalf,
        has_optional_biases: false,
        layer_parts: &LAYER_PARTS,
    },
    GgufFamily {
        architecture: "qwen3",
        model_type: "qwen3",
        rotary_style: RotaryStyle::RotateHalf,
        has_optional_biases: true,
        layer_parts: &LAYER_PARTS,
    },
];

impl GgufFamily {
    /// The family that a file says it is of.
    pub fn of(metadata: &Metadata) -> Result<&'static Self> {
        const KEY: &str = "general.architecture";
        let found = metadata.text(KEY)?.ok_or_else(|| metadata.invalid(KEY, "is missing"))?;
        FAMILIES.iter().find(|family| family.architecture == found).ok_or_else(|| {
            let supported: Vec<_> = FAMILIES.iter().map(|family| family.architecture).collect();
            ModelError::UnsupportedArchitecture {
                found: format!("{found} (GGUF)"),
                supported: supported.join(", "),
            }
        })
    }

    /// The key of this family's settings.
    pub fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.architecture)
    }

    /// What a tensor of Hugging Face's layout is called in files.
    pub fn gguf_name(&self, name: &str) -> Option<String> {
        let find = |parts: &[(&'static str, &str)], part: &str| {
            parts.iter().find(|(_, known)| *known == part).map(|(name, _)| *name)
        };
        let (part, kind) = name.rsplit_once('.')?;
        let Some((layer, part)) = part.strip_prefix("model.layers.").and_then(|rest| rest.split_once('.'))
        else {
            return Some(format!("{}.{kind}", find(&MODEL_PARTS, part)?));
        };
        Some(format!("blk.{layer}.{}.{kind}", find(self.layer_parts, part)?))
    }

    /// What a tensor is called in Hugging Face's layout; `None` where no decoder looks for it.
    pub fn hugging_face_name(&self, name: &str) -> Option<String> {
        let find = |parts: &[(&str, &'static str)], part: &str| {
            parts.iter().find(|(known, _)| *known == part).map(|(_, name)| *name)
        };
        let (part, kind) = name.rsplit_once('.')?;
        let Some((layer, part)) = part.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else {
            return Some(format!("{}.{kind}", find(&MODEL_PARTS, part)?));
        };
        let layer: u32 = layer.parse().ok()?;
        Some(format!("model.layers.{layer}.{}.{kind}", find(self.layer_parts, part)?))
    }
}
