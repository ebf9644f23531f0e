mod family;
mod layers;
mod mixture;

use std::path::Path;

use conduit_backend::{DType, GatedActivation, RotaryStyle};
use conduit_gguf::Gguf;
use half::{bf16, f16};
use serde_json::{Map, Value};

use crate::error::{ModelError, Result};
use crate::fields::Fields;
use crate::gguf::GgufModel;
use crate::prequantized::{Prequantization, read_prequantization};
use crate::read_file::read_file;
use crate::rope::{Rope, RopeContext};
use family::Defaults;
pub use family::Family;
pub use layers::LayerRope;
use layers::{read_layer_ropes, read_windows};
pub use mixture::Mixture;

/// Several times as large as configs that name thousands of layers.
const LARGEST_CONFIG_BYTES: u64 = 4 << 20;

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
    /// Whether norms multiply by one more than their weights.
    pub norms_add_one: bool,
    /// Whether what attention and the feed-forward layer add is normed, too.
    pub post_norms: bool,
    /// Whether queries, keys and values lie in one tensor, and gate and up in another.
    pub fused_tensors: bool,
    /// Whether embeddings are multiplied by the root of the hidden size.
    pub scaled_embedding: bool,
    /// Factor on the products of queries and keys.
    pub attention_scale: f32,
    pub attention_soft_cap: Option<f32>,
    pub logit_soft_cap: Option<f32>,
    pub rope: Rope,
    /// Of layers with [`LayerRope::Local`].
    pub local_rope: Rope,
    pub layer_ropes: Vec<LayerRope>,
    /// How the rows of queries and keys are ordered for it.
    pub rotary_style: RotaryStyle,
    /// For each layer how many positions a token sees, itself included; `None` sees everything.
    pub windows: Vec<Option<usize>>,
    /// The type that the publisher computes in, where the config names one.
    pub dtype: Option<DType>,
    /// The experts of those layers that have any.
    pub mixture: Option<Mixture>,
    /// How the publisher quantised the weights.
    pub prequantization: Option<Prequantization>,
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
        let text = read_file(&path, "config.json", LARGEST_CONFIG_BYTES)?;
        let config: Map<String, Value> = serde_json::from_slice(&text)
            .map_err(|error| ModelError::DamagedFile { path, reason: error.to_string() })?;
        Self::parse(&config)
    }

    /// Reads a config that was parsed already.
    ///
    /// # Errors
    /// As [`Architecture::read`].
    pub fn parse(config: &Map<String, Value>) -> Result<Self> {
        let whole = &Fields::new(config, "");
        let (family, has_text_config) = Family::read(whole)?;
        let text = if has_text_config { whole.object("text_config", "text_config.")? } else { None };
        let config = match &text {
            None if has_text_config => return Err(whole.invalid("text_config", "is missing")),
            text => text.as_ref().unwrap_or(whole),
        };
        if config.bool("use_bidirectional_attention")?.unwrap_or(false) {
            return Err(config.unsupported("use_bidirectional_attention", true, "false"));
        }
        let defaults = family.defaults();
        let size = |key: &str, default: Option<usize>| match (config.size(key)?, default) {
            (Some(size), _) | (None, Some(size)) => Ok(size),
            (None, None) => config.required_size(key),
        };
        let heads = size("num_attention_heads", defaults.heads)?;
        let kv_heads = read_kv_heads(config, &defaults, heads)?;
        let hidden_size = size("hidden_size", defaults.hidden_size)?;
        let head_dim = config.size("head_dim")?.or(defaults.head_dim).unwrap_or(hidden_size / heads);
        if !head_dim.is_multiple_of(2) || head_dim == 0 {
            return Err(config.invalid("head_dim", format!("expected an even number, found {head_dim}")));
        }
        let layers = size("num_hidden_layers", defaults.layers)?;
        let max_position_embeddings =
            config.count("max_position_embeddings", 1)?.unwrap_or(defaults.max_positions);
        let attention_bias = config.bool("attention_bias")?.unwrap_or(false);
        let has_attention_bias = attention_bias
            && !matches!(family, Family::Mistral | Family::Mixtral | Family::Qwen2 | Family::Phi3);
        let has_mlp_bias = matches!(family, Family::Llama | Family::SmolLm3);
        let windows = read_windows(config, family, layers)?;
        let context = RopeContext {
            head_dim,
            max_position_embeddings,
            original_max_positions: defaults.original_max_positions,
            theta: defaults.theta,
            is_phi3: family == Family::Phi3,
        };
        let (rope, local_rope) = match family {
            Family::Gemma3 => Rope::read_pair(config, &context)?,
            _ => Rope::read(config, &context).map(|rope| (rope.clone(), rope))?,
        };
        let tied_head = config.bool("tie_word_embeddings")?.or(whole.bool("tie_word_embeddings")?);
        Ok(Self {
            family,
            hidden_size,
            layers,
            heads,
            kv_heads,
            head_dim,
            intermediate_size: size("intermediate_size", defaults.intermediate_size)?,
            vocab_size: size("vocab_size", defaults.vocab_size)?,
            max_position_embeddings,
            rms_norm_epsilon: config.positive("rms_norm_eps")?.unwrap_or(defaults.rms_norm_epsilon) as f32,
            activation: read_activation(config, &defaults)?,
            tied_head: tied_head.unwrap_or(defaults.tied_head),
            qkv_bias: has_attention_bias || family == Family::Qwen2,
            output_bias: has_attention_bias,
            mlp_bias: has_mlp_bias && config.bool("mlp_bias")?.unwrap_or(false),
            query_key_norm: matches!(family, Family::Qwen3 | Family::Qwen3Moe | Family::Gemma3),
            norms_add_one: family.is_gemma(),
            post_norms: family.is_gemma(),
            fused_tensors: family == Family::Phi3,
            scaled_embedding: family.is_gemma(),
            attention_scale: read_attention_scale(config, family, head_dim)?,
            attention_soft_cap: read_soft_cap(config, "attn_logit_softcapping", family, 50.0)?,
            logit_soft_cap: read_soft_cap(config, "final_logit_softcapping", family, 30.0)?,
            rope,
            local_rope,
            layer_ropes: read_layer_ropes(config, family, &windows)?,
            rotary_style: RotaryStyle::RotateHalf,
            windows,
            dtype: read_dtype(config)?.or(read_dtype(whole)?),
            mixture: Mixture::read(config, family, layers)?,
            prequantization: read_prequantization(whole)?,
        })
    }

    /// Positions that the rotary embedding was made for, scaling included.
    pub fn max_positions(&self) -> usize {
        self.rope.max_positions(self.max_position_embeddings)
    }

    /// The factor on embeddings of a model that is computed in `dtype`. It is rounded to that, as transformers and vLLM round it: the
    /// model was trained with what that makes of it (55.5 for the root of 3072 in bf16).
    pub(crate) fn embedding_scale(&self, dtype: DType) -> f32 {
        if !self.scaled_embedding {
            return 1.0;
        }
        let scale = (self.hidden_size as f32).sqrt();
        match dtype {
            DType::F32 => scale,
            DType::F16 => f16::from_f32(scale).to_f32(),
            DType::BF16 => bf16::from_f32(scale).to_f32(),
        }
    }
}

fn read_kv_heads(config: &Fields, defaults: &Defaults, heads: usize) -> Result<usize> {
    const KEY: &str = "num_key_value_heads";
    let default = defaults.kv_heads.filter(|_| !config.is_null(KEY));
    let kv_heads = config.size(KEY)?.or(default).unwrap_or(heads);
    if !heads.is_multiple_of(kv_heads) {
        return Err(config.invalid(KEY, format!("{kv_heads} does not divide num_attention_heads = {heads}")));
    }
    Ok(kv_heads)
}

fn read_activation(config: &Fields, defaults: &Defaults) -> Result<GatedActivation> {
    match config.string(defaults.activation_key)? {
        None => Ok(defaults.activation),
        Some("silu" | "swish") => Ok(GatedActivation::Silu),
        Some("gelu_pytorch_tanh") => Ok(GatedActivation::GeluTanh),
        Some(other) => Err(config.unsupported(defaults.activation_key, other, "silu, gelu_pytorch_tanh")),
    }
}

fn read_attention_scale(config: &Fields, family: Family, head_dim: usize) -> Result<f32> {
    if !family.is_gemma() {
        return Ok((head_dim as f32).sqrt().recip());
    }
    let divisor = config.positive("query_pre_attn_scalar")?.unwrap_or(256.0);
    Ok(divisor.sqrt().recip() as f32)
}

/// A soft cap, in the families whose reference implementation heeds it. Left out, it is on in Gemma 2 alone.
fn read_soft_cap(config: &Fields, key: &'static str, family: Family, of_gemma2: f64) -> Result<Option<f32>> {
    let cap = match family {
        Family::Gemma2 if !config.is_null(key) => config.positive(key)?.or(Some(of_gemma2)),
        Family::Gemma2 => None,
        // transformers reads the cap on Gemma 3's attention, and does nothing with it.
        Family::Gemma3 if key == "final_logit_softcapping" => config.positive(key)?,
        _ => None,
    };
    Ok(cap.map(|cap| cap as f32))
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
