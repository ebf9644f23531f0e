use std::path::PathBuf;

use clap::ValueEnum;
use conduit_backend::DType;

use super::PublishedFormat;

/// A decoder family of the Hugging Face transformers library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Llama,
    Mistral,
    /// Biases on q, k and v.
    Qwen2,
    /// RMS norms on the heads of q and k.
    Qwen3,
}

impl Family {
    /// `model_type` in config.json.
    pub const fn model_type(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Mistral => "mistral",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }

    /// The class that config.json names under `architectures`.
    pub const fn architecture(self) -> &'static str {
        match self {
            Self::Llama => "LlamaForCausalLM",
            Self::Mistral => "MistralForCausalLM",
            Self::Qwen2 => "Qwen2ForCausalLM",
            Self::Qwen3 => "Qwen3ForCausalLM",
        }
    }

    pub(crate) const fn has_query_key_norm(self) -> bool {
        matches!(self, Self::Qwen3)
    }

    pub(crate) const fn has_query_key_value_bias(self) -> bool {
        matches!(self, Self::Qwen2)
    }
}

/// Whether a tiny model reasons before it answers, and how its chat template goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Thinking {
    /// Neither vocabulary nor template know of it.
    Never,
    /// The model chooses, as Qwen3: `enable_thinking` false ends the prompt with reasoning that is over.
    Optional,
    /// The prompt begins it, as that of DeepSeek R1.
    Always,
}

/// What a tiny model is made of; [`TinyModel::default`] is the one that tests serve.
#[derive(Clone, Debug, PartialEq)]
pub struct TinyModel {
    pub family: Family,
    pub dtype: DType,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub max_position_embeddings: usize,
    /// Whether the output head is the embedding, transposed.
    pub tied_head: bool,
    /// Merges that the tokenizer learns on top of the 256 bytes; fewer where the training text has no more.
    pub merges: usize,
    /// Rows of the embedding are padded to a multiple of this, and to more rows than the tokenizer has tokens.
    pub vocab_multiple: usize,
    /// Rows of the embedding, where they are not to follow from the tokenizer.
    pub vocab_size: Option<usize>,
    /// A Hugging Face folder with the tokenizer to take, with its chat template, instead of one that is learned.
    pub tokenizer: Option<PathBuf>,
    /// Files that the weights are spread over; more than one adds `model.safetensors.index.json`.
    pub shards: usize,
    pub thinking: Thinking,
    /// How the matrices of its layers are quantised; `None` leaves them in [`TinyModel::dtype`].
    pub published_format: Option<PublishedFormat>,
    pub seed: u64,
}

impl Default for TinyModel {
    fn default() -> Self {
        Self {
            family: Family::Qwen3,
            dtype: DType::BF16,
            hidden_size: 128,
            intermediate_size: 384,
            layers: 4,
            heads: 4,
            kv_heads: 2,
            head_dim: 32,
            max_position_embeddings: 8192,
            tied_head: true,
            merges: 500,
            vocab_multiple: 64,
            vocab_size: None,
            tokenizer: None,
            shards: 1,
            thinking: Thinking::Never,
            published_format: None,
            seed: 0,
        }
    }
}

impl TinyModel {
    /// A quarter of the default size, for tests that start many servers.
    pub fn small(family: Family) -> Self {
        Self {
            family,
            hidden_size: 64,
            intermediate_size: 128,
            layers: 2,
            head_dim: 16,
            merges: 200,
            ..Self::default()
        }
    }

    /// Qwen3-0.6B's, for benchmarks: 1.2 GB. Needs the tokenizer of Qwen3.
    pub fn qwen3_0_6b(tokenizer: PathBuf) -> Self {
        Self { vocab_size: Some(151_936), tokenizer: Some(tokenizer), ..Self::qwen3_0_6b_layers() }
    }

    /// The layers of Qwen3-0.6B with a small vocabulary, for benchmarks of what layers are stored in: 0.9 GB in bf16.
    pub fn qwen3_0_6b_layers() -> Self {
        Self {
            hidden_size: 1024,
            intermediate_size: 3072,
            layers: 28,
            heads: 16,
            kv_heads: 8,
            head_dim: 128,
            max_position_embeddings: 40_960,
            ..Self::default()
        }
    }

    /// Rows of the embedding for a tokenizer of `tokens` tokens.
    ///
    /// Unless they are given, always more than `tokens`: real models pad their vocabulary, and what reads logits must not take a
    /// padding row for a token.
    pub(crate) fn padded_vocab_size(&self, tokens: usize) -> usize {
        self.vocab_size.unwrap_or((tokens / self.vocab_multiple + 1) * self.vocab_multiple)
    }
}
