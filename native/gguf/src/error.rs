use std::path::PathBuf;

/// Why a file cannot be used as a GGUF file.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    #[error("{} does not exist; {expected}", path.display())]
    MissingFile { path: PathBuf, expected: &'static str },
    #[error("{} cannot be read: {source}", path.display())]
    UnreadableFile { path: PathBuf, source: std::io::Error },
    /// What the file says of itself does not hold, or it ends too early.
    #[error("{} is damaged: {reason}", path.display())]
    DamagedFile { path: PathBuf, reason: String },
    /// The file is sound, but of a kind that this engine does not read.
    #[error("{}: {key} = {value} is not supported; supported: {supported}", path.display())]
    UnsupportedFeature { path: PathBuf, key: String, value: String, supported: String },
    /// A tensor is stored in a type that is not supported.
    #[error("{}: the tensor {tensor} is stored as {found}; supported: {supported}", path.display())]
    UnsupportedType { path: PathBuf, tensor: String, found: String, supported: String },
    /// A folder does not say which of its models is meant.
    #[error("{} holds several models; give the path of one of {}", path.display(), found.join(", "))]
    SeveralModels { path: PathBuf, found: Vec<String> },
}

impl GgufError {
    /// A stable name for logs and clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingFile { .. } => "missing_file",
            Self::UnreadableFile { .. } => "unreadable_file",
            Self::DamagedFile { .. } => "damaged_file",
            Self::UnsupportedFeature { .. } => "unsupported_feature",
            Self::UnsupportedType { .. } => "unsupported_dtype",
            Self::SeveralModels { .. } => "several_models",
        }
    }
}

pub type Result<T, E = GgufError> = std::result::Result<T, E>;
