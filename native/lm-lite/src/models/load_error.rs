use conduit_engine::{AddModelError, VocabularyError};
use conduit_gguf::GgufError;
use conduit_models::ModelError;
use conduit_text::TextError;

/// Why a model is not served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct LoadError {
    /// A stable name for clients.
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl LoadError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Whether the same files may be loaded once others have gone.
    pub(super) fn is_want_of_room(&self) -> bool {
        self.code == "out_of_memory"
    }

    /// Whether the device is of no more use, for other models either.
    pub(super) fn is_device_failure(&self) -> bool {
        self.code == "device_failure"
    }

    pub(super) fn not_found(message: String) -> Self {
        Self::new("model_not_found", message)
    }
}

impl From<TextError> for LoadError {
    fn from(error: TextError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<GgufError> for LoadError {
    fn from(error: GgufError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<ModelError> for LoadError {
    fn from(error: ModelError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<VocabularyError> for LoadError {
    fn from(error: VocabularyError) -> Self {
        Self::new("unsupported_tokenizer", error.to_string())
    }
}

impl From<AddModelError> for LoadError {
    fn from(error: AddModelError) -> Self {
        let code = match &error {
            AddModelError::Duplicate(_) | AddModelError::InvalidSpec { .. } => "invalid_config",
            AddModelError::CacheTooSmall { .. } => "out_of_memory",
            AddModelError::Backend { source, .. } => source.code(),
            AddModelError::Fault { .. } => "internal_error",
            AddModelError::Unhealthy { .. } => "engine_unhealthy",
        };
        Self::new(code, error.to_string())
    }
}
