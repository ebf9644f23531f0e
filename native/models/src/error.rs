use std::path::PathBuf;

use conduit_backend::BackendError;
use conduit_gguf::GgufError;

/// Why a folder cannot be loaded as a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file that the folder must have is not there.
    #[error("{} does not exist; the folder of a model needs {expected}", path.display())]
    MissingFile { path: PathBuf, expected: &'static str },
    /// The system refuses to read a file.
    #[error("{} cannot be read: {source}", path.display())]
    UnreadableFile { path: PathBuf, source: std::io::Error },
    /// A file is not what its name says, or ends too early.
    #[error("{} is damaged: {reason}", path.display())]
    DamagedFile { path: PathBuf, reason: String },
    /// A setting of `config.json` is missing or makes no sense.
    #[error("config.json: {key}: {reason}")]
    InvalidConfig { key: String, reason: String },
    /// The model is of a kind that this engine does not run.
    #[error("the architecture {found} is not supported; supported are {supported}")]
    UnsupportedArchitecture { found: String, supported: String },
    /// The model needs something that this engine does not have.
    #[error("config.json: {key} = {value} is not supported; supported: {supported}")]
    UnsupportedFeature { key: String, value: String, supported: &'static str },
    /// The weights lack a tensor.
    #[error("{}: the tensor {tensor} is missing", path.display())]
    MissingTensor { path: PathBuf, tensor: String },
    /// A tensor does not have the shape that `config.json` asks for.
    #[error("{}: the tensor {tensor} has the shape {found:?}; config.json asks for {expected:?}", path.display())]
    WrongShape { path: PathBuf, tensor: String, found: Vec<usize>, expected: Vec<usize> },
    /// A tensor is stored in a type that is not supported.
    #[error("{}: the tensor {tensor} is stored as {found}; supported: {supported}", path.display())]
    UnsupportedDtype { path: PathBuf, tensor: String, found: String, supported: &'static str },
    /// The GGUF file cannot be used.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The backend refuses the weights.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl ModelError {
    /// A stable name for logs and clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => "missing_file",
            Self::UnreadableFile { .. } => "unreadable_file",
            Self::DamagedFile { .. } => "damaged_file",
            Self::InvalidConfig { .. } => "invalid_config",
            Self::UnsupportedArchitecture { .. } => "unsupported_architecture",
            Self::UnsupportedFeature { .. } => "unsupported_feature",
            Self::MissingTensor { .. } => "missing_tensor",
            Self::WrongShape { .. } => "wrong_shape",
            Self::UnsupportedDtype { .. } => "unsupported_dtype",
            Self::Gguf(error) => error.code(),
            Self::Backend(error) => error.code(),
        }
    }
}

pub type Result<T, E = ModelError> = std::result::Result<T, E>;
