use std::path::PathBuf;

/// Why a model's folder was not found.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    #[error("there is no folder {}", path.display())]
    NoFolder { path: PathBuf },
    #[error("{id:?} is neither a folder nor a Hugging Face id such as Qwen/Qwen3-0.6B")]
    InvalidId { id: String },
    #[error(
        "{id} is not in the Hugging Face cache {} and may not be downloaded; fetch it there first, or allow downloads",
        cache.display()
    )]
    NotCached { id: String, cache: PathBuf },
    #[error("{id} is not in the Hugging Face cache {} and could not be downloaded: {reason}", cache.display())]
    Download { id: String, cache: PathBuf, reason: String },
}
