use serde_json::{Map, Value, json};

use super::GgufModel;
use crate::error::{ModelError, Result};

/// Settings that are there under another name, by both: what `config.json` calls them, and what GGUF does.
const SIZES: [(&str, &str); 5] = [
    ("hidden_size", "embedding_length"),
    ("num_hidden_layers", "block_count"),
    ("intermediate_size", "feed_forward_length"),
    ("num_attention_heads", "attention.head_count"),
    ("max_position_embeddings", "context_length"),
];
const KV_HEADS: (&str, &str) = ("num_key_value_heads", "attention.head_count_kv");
const HEAD_DIM: (&str, &str) = ("head_dim", "attention.key_length");
const EPSILON: (&str, &str) = ("rms_norm_eps", "attention.layer_norm_rms_epsilon");
const THETA: (&str, &str) = ("rope_theta", "rope.freq_base");
const WINDOW: (&str, &str) = ("sliding_window", "attention.sliding_window");
const PARTIAL: (&str, &str) = ("partial_rotary_factor", "rope.dimension_count");
const SCALING: (&str, &str) = ("rope_scaling.factor", "rope.scaling.factor");

/// Base of the frequencies where a file names none.
const DEFAULT_THETA: f64 = 10_000.0;

impl GgufModel {
    /// What `config.json` would say of this model.
    pub(super) fn config(&self) -> Result<Map<String, Value>> {
        let (metadata, family) = (self.gguf.metadata(), self.family);
        let mut config = Map::new();
        let mut set = |name: &str, value: Value| config.insert(name.to_owned(), value);
        set("model_type", family.model_type.into());
        for (name, key) in SIZES {
            set(name, self.required_size(key)?.into());
        }
        let heads = self.required_size("attention.head_count")?;
        set(KV_HEADS.0, self.size(KV_HEADS.1)?.unwrap_or(heads).into());
        let head_dim = self.head_dim(heads)?;
        set(HEAD_DIM.0, head_dim.into());
        let rotary_dim = self.size(PARTIAL.1)?.unwrap_or(head_dim);
        if rotary_dim != head_dim {
            set(PARTIAL.0, json!(rotary_dim as f64 / head_dim as f64));
        }
        let epsilon = self.number(EPSILON.1)?.ok_or_else(|| self.missing(EPSILON.1))?;
        set(EPSILON.0, json!(epsilon));
        set(THETA.0, json!(self.number(THETA.1)?.unwrap_or(DEFAULT_THETA)));
        if let Some(scaling) = self.rope_scaling()? {
            set("rope_scaling", scaling);
        }
        let embedding = self.tensor("token_embd.weight").ok_or_else(|| ModelError::MissingTensor {
            path: self.path().to_owned(),
            tensor: "token_embd.weight".to_owned(),
        })?;
        set("vocab_size", embedding.shape[0].into());
        set("tie_word_embeddings", self.tensor("output.weight").is_none().into());
        if family.has_optional_biases {
            set("attention_bias", self.tensor("blk.0.attn_q.bias").is_some().into());
            set("mlp_bias", self.tensor("blk.0.ffn_gate.bias").is_some().into());
        }
        match self.size(WINDOW.1)?.filter(|window| *window > 0) {
            None => {}
            // Converters have Mistral as `llama`, too; of its models some have windows.
            Some(window) if family.model_type == "llama" => {
                set("model_type", "mistral".into());
                set(WINDOW.0, window.into());
            }
            Some(window) => {
                return Err(metadata.unsupported(&family.key(WINDOW.1), window, "0").into());
            }
        }
        Ok(config)
    }

    /// Features of a head.
    fn head_dim(&self, heads: u64) -> Result<u64> {
        let hidden_size = self.required_size("embedding_length")?;
        let head_dim = self.size(HEAD_DIM.1)?.unwrap_or(hidden_size / heads.max(1));
        match self.size("attention.value_length")? {
            Some(values) if values != head_dim => {
                let key = self.family.key("attention.value_length");
                Err(self.gguf.metadata().unsupported(&key, values, head_dim).into())
            }
            _ => Ok(head_dim),
        }
    }

    /// As `rope_scaling` of `config.json`.
    fn rope_scaling(&self) -> Result<Option<Value>> {
        const TYPE: &str = "rope.scaling.type";
        let (metadata, key) = (self.gguf.metadata(), |name: &str| self.family.key(name));
        let factor = self.number(SCALING.1)?;
        // Files that name no type scale as llama.cpp does: by the factor alone, if at all.
        let kind = metadata.text(&key(TYPE))?.unwrap_or(if factor.is_some() { "linear" } else { "none" });
        let required = || factor.ok_or_else(|| self.missing(SCALING.1));
        match kind {
            "none" => Ok(None),
            "linear" if factor == Some(0.0) => Ok(None),
            "linear" => Ok(Some(json!({ "rope_type": "linear", "factor": required()? }))),
            "yarn" => {
                let factor = required()?;
                let mut yarn = json!({ "rope_type": "yarn", "factor": factor });
                if let Some(original) = self.size("rope.scaling.original_context_length")? {
                    yarn["original_max_position_embeddings"] = original.into();
                }
                // llama.cpp multiplies what the paper has for the factor by it.
                let attention = match self.number("rope.scaling.yarn_attn_factor")? {
                    None => self.number("rope.scaling.attn_factor")?,
                    factor => factor,
                };
                if let Some(attention) = attention.filter(|attention| *attention != 1.0) {
                    yarn["attention_factor"] = json!(attention * (0.1 * factor.max(1.0).ln() + 1.0));
                }
                for (name, key) in [
                    ("beta_fast", "rope.scaling.yarn_beta_fast"),
                    ("beta_slow", "rope.scaling.yarn_beta_slow"),
                ] {
                    if let Some(beta) = self.number(key)? {
                        yarn[name] = json!(beta);
                    }
                }
                const EXTRAPOLATION: &str = "rope.scaling.yarn_ext_factor";
                match self.number(EXTRAPOLATION)? {
                    Some(mix) if mix != 1.0 => Err(metadata.unsupported(&key(EXTRAPOLATION), mix, 1).into()),
                    _ => Ok(Some(yarn)),
                }
            }
            other => Err(metadata.unsupported(&key(TYPE), other, "none, linear, yarn").into()),
        }
    }

    /// JSON has no others.
    fn number(&self, name: &str) -> Result<Option<f64>> {
        let (metadata, key) = (self.gguf.metadata(), self.family.key(name));
        match metadata.float(&key)? {
            Some(number) if !number.is_finite() => Err(metadata.invalid(&key, "is not finite").into()),
            number => Ok(number),
        }
    }

    fn size(&self, name: &str) -> Result<Option<u64>> {
        Ok(self.gguf.metadata().unsigned(&self.family.key(name))?)
    }

    fn required_size(&self, name: &str) -> Result<u64> {
        self.size(name)?.ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> ModelError {
        self.gguf.metadata().invalid(&self.family.key(name), "is missing").into()
    }

    /// An error about `config.json` as one about the file, with the key that it has there.
    pub(super) fn named(&self, error: ModelError) -> ModelError {
        let metadata = self.gguf.metadata();
        let names = [KV_HEADS, HEAD_DIM, EPSILON, THETA, WINDOW, PARTIAL, SCALING];
        let key_of = |name: String| {
            let known = SIZES.iter().chain(&names).find(|(known, _)| *known == name);
            known.map_or(name, |(_, key)| self.family.key(key))
        };
        match error {
            ModelError::InvalidConfig { key, reason } => metadata.invalid(&key_of(key), &reason).into(),
            ModelError::UnsupportedFeature { key, value, supported } => {
                metadata.unsupported(&key_of(key), value, supported).into()
            }
            other => other,
        }
    }
}
