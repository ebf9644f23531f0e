use std::path::Path;

use conduit_backend::{DType, GatedActivation, RotaryStyle};
use conduit_gguf::Gguf;
use serde_json::{Map, Value};

use crate::error::{ModelError, Result};
use crate::fields::Fields;
use crate::gguf::GgufModel;
use crate::prequantized::{Prequantization, read_prequantization};
use crate::rope::Rope;

/// A family of decoders, by the `model_type` of its config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
}

/// What `config.json` says of a decoder, with the defaults of its family filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    pub family: Family,
    pub hidden_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub intermediate_size: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub rms_norm_epsilon: f32,
    pub activation: GatedActivation,
    /// Whether the embedding also serves as the head.
    pub tied_head: bool,
    /// Biases on queries, keys and values.
    pub qkv_bias: bool,
    /// Bias on the output of attention.
    pub output_bias: bool,
    /// Biases on gate, up and down.
    pub mlp_bias: bool,
    /// RMS norm over each head of queries and keys.
    pub query_key_norm: bool,
    pub rope: Rope,
    /// How the rows of queries and keys are ordered for it.
    pub rotary_style: RotaryStyle,
    /// For each layer how many positions a token sees, itself included; `None` sees everything.
    pub windows: Vec<Option<usize>>,
    /// The type that the publisher computes in, where the config names one.
    pub dtype: Option<DType>,
    /// How the publisher quantised the weights.
    pub prequantization: Option<Prequantization>,
}

impl Family {
    const ALL: [Self; 4] = [Self::Llama, Self::Mistral, Self::Qwen2, Self::Qwen3];

    const fn model_type(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }

    /// The entry of `architectures` that has a head for the next token.
    const fn class(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Mistral => "MistralForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
        }
    }

    fn read(config: &Fields) -> Result<Self> {
        let Some(model_type) = config.string("model_type")? else {
            return Err(config.invalid("model_type", "is missing"));
        };
        let family = Self::ALL.into_iter().find(|family| family.model_type() == model_type);
        let classes = config.array("architectures")?.unwrap_or_default();
        let is_decoder =
            |family: &Self| classes.is_empty() || classes.iter().any(|class| class == family.class());
        family.filter(is_decoder).ok_or_else(|| {
            let class = classes.first().and_then(Value::as_str).unwrap_or("no class");
            ModelError::UnsupportedArchitecture {
                found: format!("{class} (model_type {model_type})"),
                supported: Self::ALL.map(Self::class).join(", "),
            }
        })
    }
}

impl Architecture {
    /// Reads `config.json` of a model's folder, or the metadata of its GGUF file.
    ///
    /// # Errors
    /// Whatever is missing, contradictory or not supported, by the name that it has in the file.
    pub fn read(folder: &Path) -> Result<Self> {
        if Gguf::is_at(folder) {
            return GgufModel::open(folder)?.architecture();
        }
        let path = folder.join("config.json");
        let text = std::fs::read(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => {
                ModelError::MissingFile { path: path.clone(), expected: "config.json" }
            }
            _ => ModelError::UnreadableFile { path: path.clone(), source },
        })?;
        let config: Map<String, Value> = serde_json::from_slice(&text)
            .map_err(|error| ModelError::DamagedFile { path, reason: error.to_string() })?;
        Self::parse(&config)
    }

    /// Reads a config that was parsed already.
    ///
    /// # Errors
    /// As [`Architecture::read`].
    pub fn parse(config: &Map<String, Value>) -> Result<Self> {
        let config = &Fields::new(config, "");
        let family = Family::read(config)?;
        let heads = config.required_size("num_attention_heads")?;
        let kv_heads = read_kv_heads(config, family, heads)?;
        let hidden_size = config.required_size("hidden_size")?;
        let default_head_dim = if family == Family::Qwen3 { 128 } else { hidden_size / heads };
        let head_dim = config.size("head_dim")?.unwrap_or(default_head_dim);
        if !head_dim.is_multiple_of(2) || head_dim == 0 {
            return Err(config.invalid("head_dim", format!("expected an even number, found {head_dim}")));
        }
        let layers = config.required_size("num_hidden_layers")?;
        let default_max_positions = match family {
            Family::Llama => 2048,
            Family::Mistral => 131_072,
            Family::Qwen2 | Family::Qwen3 => 32_768,
        };
        let max_position_embeddings =
            config.count("max_position_embeddings", 1)?.unwrap_or(default_max_positions);
        let attention_bias = config.bool("attention_bias")?.unwrap_or(false);
        let has_attention_bias = attention_bias && matches!(family, Family::Llama | Family::Qwen3);
        Ok(Self {
            family,
            hidden_size,
            layers,
            heads,
            kv_heads,
            head_dim,
            intermediate_size: config.required_size("intermediate_size")?,
            vocab_size: config.required_size("vocab_size")?,
            max_position_embeddings,
            rms_norm_epsilon: config.positive("rms_norm_eps")?.unwrap_or(1e-6) as f32,
            activation: read_activation(config)?,
            tied_head: config.bool("tie_word_embeddings")?.unwrap_or(false),
            qkv_bias: has_attention_bias || family == Family::Qwen2,
            output_bias: has_attention_bias,
            mlp_bias: family == Family::Llama && config.bool("mlp_bias")?.unwrap_or(false),
            query_key_norm: family == Family::Qwen3,
            rope: Rope::read(config, max_position_embeddings)?,
            rotary_style: RotaryStyle::RotateHalf,
            windows: read_windows(config, family, layers)?,
            dtype: read_dtype(config)?,
            prequantization: read_prequantization(config)?,
        })
    }

    /// Positions that the rotary embedding was made for, scaling included.
    pub fn max_positions(&self) -> usize {
        self.rope.max_positions(self.max_position_embeddings)
    }
}

fn read_kv_heads(config: &Fields, family: Family, heads: usize) -> Result<usize> {
    const KEY: &str = "num_key_value_heads";
    let default = match family {
        _ if config.is_null(KEY) => heads,
        Family::Llama => heads,
        Family::Mistral => 8,
        Family::Qwen2 | Family::Qwen3 => 32,
    };
    let kv_heads = config.size(KEY)?.unwrap_or(default);
    if !heads.is_multiple_of(kv_heads) {
        return Err(config.invalid(KEY, format!("{kv_heads} does not divide num_attention_heads = {heads}")));
    }
    Ok(kv_heads)
}

fn read_activation(config: &Fields) -> Result<GatedActivation> {
    match config.string("hidden_act")?.unwrap_or("silu") {
        "silu" | "swish" => Ok(GatedActivation::Silu),
        "gelu_pytorch_tanh" => Ok(GatedActivation::GeluTanh),
        other => Err(config.unsupported("hidden_act", other, "silu, gelu_pytorch_tanh")),
    }
}

fn read_windows(config: &Fields, family: Family, layers: usize) -> Result<Vec<Option<usize>>> {
    const KEY: &str = "sliding_window";
    let stated = config.count(KEY, 1)?;
    // A window that the config leaves out is on, one that it sets to null is off.
    let window = if config.is_null(KEY) { None } else { Some(stated.unwrap_or(4096)) };
    match family {
        Family::Llama => Ok(vec![None; layers]),
        Family::Mistral => Ok(vec![window; layers]),
        Family::Qwen2 | Family::Qwen3 => {
            let is_used = config.bool("use_sliding_window")?.unwrap_or(false);
            let window = window.filter(|_| is_used);
            let full_layers = config.count("max_window_layers", 0)?.unwrap_or(28);
            match config.array("layer_types")? {
                Some(types) => read_layer_types(config, types, window, layers),
                None => Ok((0..layers).map(|layer| window.filter(|_| layer >= full_layers)).collect()),
            }
        }
    }
}

fn read_layer_types(
    config: &Fields,
    types: &[Value],
    window: Option<usize>,
    layers: usize,
) -> Result<Vec<Option<usize>>> {
    const KEY: &str = "layer_types";
    if types.len() != layers {
        return Err(config.invalid(KEY, format!("{} entries for num_hidden_layers = {layers}", types.len())));
    }
    let of_layer = |layer_type: &Value| match layer_type.as_str() {
        Some("full_attention") => Ok(None),
        Some("sliding_attention") if window.is_some() => Ok(window),
        Some("sliding_attention") => {
            Err(config.invalid(KEY, "has sliding_attention, but sliding_window or use_sliding_window is off"))
        }
        _ => Err(config.unsupported(KEY, layer_type, "full_attention, sliding_attention")),
    };
    types.iter().map(of_layer).collect()
}

fn read_dtype(config: &Fields) -> Result<Option<DType>> {
    let key = if config.get("dtype").is_some() { "dtype" } else { "torch_dtype" };
    match config.string(key)? {
        None | Some("auto") => Ok(None),
        Some("float32") => Ok(Some(DType::F32)),
        Some("float16") => Ok(Some(DType::F16)),
        Some("bfloat16") => Ok(Some(DType::BF16)),
        Some(other) => Err(config.unsupported(key, other, "float32, float16, bfloat16")),
    }
}

#[cfg(test)]
mod tests;
