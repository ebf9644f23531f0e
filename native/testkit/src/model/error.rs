use std::path::PathBuf;

/// Why a tiny model could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ModelWriteError {
    #[error("cannot write {path}: {source}; choose a folder that can be written to")]
    Io { path: PathBuf, source: std::io::Error },
    /// Nothing that might be a person's own work is ever replaced.
    #[error("{path} already holds something else; delete it or choose another folder")]
    Occupied { path: PathBuf },
    #[error("the tokenizer of the tiny model cannot be made: {0}")]
    Tokenizer(tokenizers::Error),
    #[error("the weights of the tiny model cannot be written: {0}")]
    Weights(#[from] safetensors::SafeTensorError),
    #[error("a tiny model cannot have this shape: {0}")]
    Shape(String),
}
