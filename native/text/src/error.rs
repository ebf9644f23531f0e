use std::path::PathBuf;

use conduit_gguf::GgufError;

/// What can go wrong between text and tokens.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    #[error("{file} is missing; a model folder needs it")]
    MissingFile { file: PathBuf },
    #[error("{file} cannot be read: {source}")]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{file} is malformed: {reason}")]
    Malformed { file: PathBuf, reason: String },
    #[error("{file} describes a tokenizer that is not supported: {reason}")]
    UnsupportedTokenizer { file: PathBuf, reason: String },
    #[error(transparent)]
    Gguf(#[from] GgufError),
    #[error("the text cannot be tokenized: {reason}")]
    Encode { reason: String },
    #[error("this model has no chat template; use /v1/completions")]
    NoChatTemplate,
    #[error("the model's chat template does not compile: {reason}")]
    TemplateSyntax { reason: String },
    /// The template called `raise_exception`: it refuses these messages, and says why.
    #[error("the model's chat template refuses the messages: {message}")]
    TemplateRaised { message: String },
    #[error("the model's chat template failed: {reason}")]
    TemplateFailed { reason: String },
    #[error("{reason}")]
    InvalidChat { reason: String },
}

impl TextError {
    /// A stable name for logs and clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => "missing_file",
            Self::Unreadable { .. } => "unreadable_file",
            Self::Malformed { .. } => "malformed_file",
            Self::UnsupportedTokenizer { .. } => "unsupported_tokenizer",
            Self::Gguf(error) => error.code(),
            Self::Encode { .. } => "text_not_tokenizable",
            Self::NoChatTemplate => "no_chat_template",
            Self::TemplateSyntax { .. } => "chat_template_syntax",
            Self::TemplateRaised { .. } => "chat_template_refused",
            Self::TemplateFailed { .. } => "chat_template_failed",
            Self::InvalidChat { .. } => "invalid_chat",
        }
    }
}

pub type Result<T, E = TextError> = std::result::Result<T, E>;
