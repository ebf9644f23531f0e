use conduit_gguf::Metadata;
use serde_json::{Value, json};

use crate::Result;

const KEY: &str = "tokenizer.ggml.pre";

/// The `Split` of Llama 3's tokenizer.json, which has tiktoken's cl100k_base for its source.
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// That of Qwen2's: each digit is alone.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// That of Mistral NeMo's (Tekken).
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// That of Phi-4-mini's and Llama 4's, which have tiktoken's o200k_base for their source.
const GPT_4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// How a text is cut before its bytes are merged: llama.cpp's names, and what the tokenizer.json has that they were given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PreTokenizer {
    Gpt2,
    SmolLm,
    /// One expression; whether words that are tokens are taken whole, and whether a text begins with a token of its own.
    Split {
        pattern: &'static str,
        ignores_merges: bool,
        adds_bos: bool,
        composes: bool,
    },
}

impl PreTokenizer {
    pub fn read(metadata: &Metadata) -> Result<Self> {
        let split =
            |pattern| Self::Split { pattern, ignores_merges: false, adds_bos: false, composes: false };
        match metadata.text(KEY)? {
            Some("gpt-2") => Ok(Self::Gpt2),
            Some("smollm") => Ok(Self::SmolLm),
            Some("llama-bpe" | "llama3" | "llama-v3") => {
                Ok(Self::Split { pattern: LLAMA3, ignores_merges: true, adds_bos: true, composes: false })
            }
            Some("tekken") => {
                Ok(Self::Split { pattern: TEKKEN, ignores_merges: true, adds_bos: true, composes: false })
            }
            Some("qwen2" | "deepseek-r1-qwen") => {
                Ok(Self::Split { pattern: QWEN2, ignores_merges: false, adds_bos: false, composes: true })
            }
            // Phi-4's.
            Some("dbrx") => Ok(split(LLAMA3)),
            Some("gpt-4o" | "llama4") => Ok(split(GPT_4O)),
            Some(other) => {
                let supported =
                    "gpt-2, smollm, llama-bpe, tekken, qwen2, deepseek-r1-qwen, dbrx, gpt-4o, llama4";
                Err(metadata.unsupported(KEY, other, supported).into())
            }
            None => Err(metadata.invalid(KEY, "is missing").into()),
        }
    }

    pub fn normalizer(self) -> Value {
        match self {
            Self::Split { composes: true, .. } => json!({ "type": "NFC" }),
            _ => Value::Null,
        }
    }

    pub fn steps(self) -> Value {
        let byte_level = |cuts: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": cuts });
        match self {
            Self::Gpt2 => byte_level(true),
            Self::SmolLm => json!({ "type": "Sequence", "pretokenizers": [
                { "type": "Digits", "individual_digits": true },
                byte_level(true),
            ]}),
            Self::Split { pattern, .. } => json!({ "type": "Sequence", "pretokenizers": [
                { "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated", "invert": false },
                byte_level(false),
            ]}),
        }
    }

    /// Whether a word that is a token is taken whole, whatever the merges say.
    pub const fn ignores_merges(self) -> bool {
        matches!(self, Self::Split { ignores_merges: true, .. })
    }

    /// Whether a text begins with a token of its own where the file does not say.
    pub const fn adds_bos(self) -> bool {
        matches!(self, Self::Split { adds_bos: true, .. })
    }
}
