use conduit_backend::GatedActivation;
use serde_json::Value;

use crate::error::{ModelError, Result};
use crate::fields::Fields;

/// A family of decoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Llama,
    Mistral,
    Qwen2,
    Qwen3,
    Gemma2,
    Gemma3,
    Phi3,
    SmolLm3,
    Qwen3Moe,
    Mixtral,
}

/// What `config.json` calls models of a family.
struct Kind {
    family: Family,
    model_type: &'static str,
    /// The entry of `architectures` that has a head for the next token.
    class: &'static str,
    /// Whether the decoder is described in `text_config`, as a part of a model of text and images.
    has_text_config: bool,
}

const fn kind(family: Family, model_type: &'static str, class: &'static str) -> Kind {
    Kind { family, model_type, class, has_text_config: false }
}

const KINDS: [Kind; 11] = [
    kind(Family::Llama, "llama", "LlamaForCausalLM"),
    kind(Family::Mistral, "mistral", "MistralForCausalLM"),
    kind(Family::Qwen2, "qwen2", "Qwen2ForCausalLM"),
    kind(Family::Qwen3, "qwen3", "Qwen3ForCausalLM"),
    kind(Family::Gemma2, "gemma2", "Gemma2ForCausalLM"),
    kind(Family::Gemma3, "gemma3_text", "Gemma3ForCausalLM"),
    Kind { has_text_config: true, ..kind(Family::Gemma3, "gemma3", "Gemma3ForConditionalGeneration") },
    kind(Family::Phi3, "phi3", "Phi3ForCausalLM"),
    kind(Family::SmolLm3, "smollm3", "SmolLM3ForCausalLM"),
    kind(Family::Qwen3Moe, "qwen3_moe", "Qwen3MoeForCausalLM"),
    kind(Family::Mixtral, "mixtral", "MixtralForCausalLM"),
];

/// What transformers takes where a config says nothing. Sizes without a default are required.
pub(super) struct Defaults {
    pub hidden_size: Option<usize>,
    pub layers: Option<usize>,
    pub heads: Option<usize>,
    pub intermediate_size: Option<usize>,
    pub vocab_size: Option<usize>,
    /// `None` takes as many as there are heads.
    pub kv_heads: Option<usize>,
    /// `None` takes what each head has of the hidden size.
    pub head_dim: Option<usize>,
    pub max_positions: usize,
    /// Of the first training, before its context was made longer.
    pub original_max_positions: Option<usize>,
    pub rms_norm_epsilon: f64,
    pub tied_head: bool,
    pub theta: f64,
    /// A window that the config leaves out; one that it sets to null is off.
    pub window: Option<usize>,
    /// Where the activation is named.
    pub activation_key: &'static str,
    pub activation: GatedActivation,
}

impl Family {
    /// The family of a config, and whether its decoder is described in `text_config`.
    pub(super) fn read(config: &Fields) -> Result<(Self, bool)> {
        let Some(model_type) = config.string("model_type")? else {
            return Err(config.invalid("model_type", "is missing"));
        };
        let kind = KINDS.iter().find(|kind| kind.model_type == model_type);
        let classes = config.array("architectures")?.unwrap_or_default();
        let is_decoder = |kind: &&Kind| classes.is_empty() || classes.iter().any(|class| class == kind.class);
        let kind = kind.filter(is_decoder).ok_or_else(|| {
            let class = classes.first().and_then(Value::as_str).unwrap_or("no class");
            ModelError::UnsupportedArchitecture {
                found: format!("{class} (model_type {model_type})"),
                supported: KINDS.map(|kind| kind.class).join(", "),
            }
        })?;
        Ok((kind.family, kind.has_text_config))
    }

    pub(super) const fn is_gemma(self) -> bool {
        matches!(self, Self::Gemma2 | Self::Gemma3)
    }

    pub(super) const fn defaults(self) -> Defaults {
        const LLAMA: Defaults = Defaults {
            hidden_size: None,
            layers: None,
            heads: None,
            intermediate_size: None,
            vocab_size: None,
            kv_heads: None,
            head_dim: None,
            max_positions: 2048,
            original_max_positions: None,
            rms_norm_epsilon: 1e-6,
            tied_head: false,
            theta: 10_000.0,
            window: None,
            activation_key: "hidden_act",
            activation: GatedActivation::Silu,
        };
        const QWEN2: Defaults =
            Defaults { kv_heads: Some(32), max_positions: 32_768, window: Some(4096), ..LLAMA };
        // Models of text and images leave out of `text_config` what is the same as these.
        const GEMMA3: Defaults = Defaults {
            hidden_size: Some(2304),
            layers: Some(26),
            heads: Some(8),
            intermediate_size: Some(9216),
            vocab_size: Some(262_208),
            kv_heads: Some(4),
            head_dim: Some(256),
            max_positions: 131_072,
            tied_head: true,
            theta: 1_000_000.0,
            window: Some(4096),
            activation_key: "hidden_activation",
            activation: GatedActivation::GeluTanh,
            ..LLAMA
        };
        match self {
            Self::Llama => LLAMA,
            Self::Mistral => {
                Defaults { kv_heads: Some(8), max_positions: 131_072, window: Some(4096), ..LLAMA }
            }
            Self::Qwen2 => QWEN2,
            Self::Qwen3 => Defaults { head_dim: Some(128), ..QWEN2 },
            Self::Gemma2 => {
                Defaults { vocab_size: Some(256_000), max_positions: 8192, theta: 10_000.0, ..GEMMA3 }
            }
            Self::Gemma3 => GEMMA3,
            Self::Phi3 => Defaults {
                max_positions: 4096,
                original_max_positions: Some(4096),
                rms_norm_epsilon: 1e-5,
                ..LLAMA
            },
            Self::Qwen3Moe => Defaults { kv_heads: Some(4), ..QWEN2 },
            Self::Mixtral => Defaults {
                kv_heads: Some(8),
                max_positions: 131_072,
                rms_norm_epsilon: 1e-5,
                theta: 1_000_000.0,
                ..LLAMA
            },
            Self::SmolLm3 => Defaults {
                kv_heads: Some(4),
                max_positions: 32_768,
                tied_head: true,
                theta: 2_000_000.0,
                ..LLAMA
            },
        }
    }
}
