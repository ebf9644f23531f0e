use conduit_backend::BackendError;

/// Why a request was not taken. Nothing has been computed for it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SubmitError {
    #[error("model {model:?} is not loaded; loaded are {loaded:?}")]
    UnknownModel { model: String, loaded: Vec<String> },
    #[error("the prompt is empty; at least one token is needed")]
    EmptyPrompt,
    #[error(
        "the prompt has {prompt_tokens} tokens, but this model's max_model_len is {max_model_len} tokens for prompt and \
         answer together; shorten the prompt or deploy with a larger max_model_len"
    )]
    PromptTooLong { prompt_tokens: usize, max_model_len: usize },
    #[error(
        "the model {model:?} was saved without a head for the next token: it can only embed, at /v1/embeddings"
    )]
    NoHead { model: String },
    #[error("input {index} is empty; at least one token is needed")]
    EmptyInput { index: usize },
    #[error(
        "input {index} has {tokens} tokens, but this model takes {max_model_len} (its max_model_len); shorten the input, split \
         it, or deploy with a larger max_model_len"
    )]
    InputTooLong { index: usize, tokens: usize, max_model_len: usize },
    #[error("dimensions must be between 1 and {hidden_size}, the features of this model, got {dimensions}")]
    InvalidDimensions { dimensions: usize, hidden_size: usize },
    #[error("token {token} lies outside the model's vocabulary of {vocab_size} tokens")]
    InvalidToken { token: u32, vocab_size: usize },
    #[error("{name} must be {expected}, got {found}")]
    InvalidParameter { name: &'static str, expected: &'static str, found: String },
    #[error("the schema cannot be enforced: {reason}")]
    UnsupportedSchema { reason: String },
    #[error(
        "queue full: at most {limit} requests may wait for this model; try again in {retry_after_seconds} seconds"
    )]
    QueueFull { limit: usize, retry_after_seconds: u64 },
    #[error(
        "queue full: prompts of {waiting_tokens} tokens are waiting for this model, at most {limit} may; try again in \
         {retry_after_seconds} seconds"
    )]
    QueueTokensFull { limit: usize, waiting_tokens: usize, retry_after_seconds: u64 },
    #[error("the model {model:?} is being unloaded and takes no more requests")]
    Closing { model: String },
    #[error("the engine has stopped: {reason}")]
    Unhealthy { reason: String },
}

impl SubmitError {
    /// A stable name for logs and clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownModel { .. } => "model_not_found",
            Self::EmptyPrompt | Self::EmptyInput { .. } => "empty_prompt",
            Self::PromptTooLong { .. } | Self::InputTooLong { .. } => "context_length_exceeded",
            Self::InvalidToken { .. } => "invalid_token",
            Self::NoHead { .. } => "unsupported_model",
            Self::InvalidParameter { .. } | Self::InvalidDimensions { .. } => "invalid_value",
            Self::UnsupportedSchema { .. } => "unsupported_schema",
            Self::QueueFull { .. } | Self::QueueTokensFull { .. } => "queue_full",
            Self::Closing { .. } => "model_unloaded",
            Self::Unhealthy { .. } => "engine_unhealthy",
        }
    }

    /// In how many seconds the same request may be taken; `None` where waiting does not help.
    pub const fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::QueueFull { retry_after_seconds, .. }
            | Self::QueueTokensFull { retry_after_seconds, .. } => Some(*retry_after_seconds),
            _ => None,
        }
    }
}

/// Why a request that was taken came to no end of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GenerationError {
    /// `out_of_memory`, `grammar_failure`, `model_unloaded`, `engine_unhealthy`,
    /// `internal_error` or a [`BackendError::code`].
    pub code: &'static str,
    pub message: String,
}

impl From<&BackendError> for GenerationError {
    fn from(error: &BackendError) -> Self {
        Self { code: error.code(), message: error.to_string() }
    }
}

/// Why a model cannot be served.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AddModelError {
    #[error("a model named {0:?} is already loaded")]
    Duplicate(String),
    #[error("{name} of model {model:?} must be {expected}, got {found}")]
    InvalidSpec { model: String, name: &'static str, expected: String, found: usize },
    #[error(
        "one sequence of max_model_len tokens of model {model:?} needs {needed_bytes} bytes of KV cache, but only \
         {available_bytes} of the memory limit are left; lower max_model_len or raise the limit"
    )]
    CacheTooSmall { model: String, needed_bytes: u64, available_bytes: u64 },
    #[error("model {model:?} could not be recorded: {source}")]
    Backend { model: String, source: BackendError },
    #[error("recording model {model:?} met a fault of this program; the log has more")]
    Fault { model: String },
    #[error("the engine has stopped: {reason}")]
    Unhealthy { reason: String },
}

/// Why a model cannot be taken out of service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoveModelError {
    #[error("model {0:?} is not loaded")]
    NotLoaded(String),
}
