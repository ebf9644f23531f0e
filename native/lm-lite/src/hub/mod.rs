//! From what a user calls a model to its folder: a path, the Hugging Face cache, or a download into it.

mod cache;
#[cfg(feature = "hub")]
mod download;
mod error;
mod settings;

use std::path::{Path, PathBuf};

pub use error::LocateError;
pub use settings::HubSettings;

/// The folder of a model: `id` as a path where it looks like one or is a folder, else as a Hugging Face id such as
/// `Qwen/Qwen3-0.6B`, taken from the cache or downloaded into it. `progress` hears of each file that is fetched.
///
/// # Errors
/// Where there is no such folder, the id cannot be one, or it is neither in the cache nor to be had.
pub fn locate(
    id: &str,
    revision: Option<&str>,
    settings: &HubSettings,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, LocateError> {
    let path = Path::new(id);
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    if path.is_absolute() || id.starts_with('.') || id.starts_with('~') {
        return Err(LocateError::NoFolder { path: path.to_owned() });
    }
    if !cache::is_repository_id(id) {
        return Err(LocateError::InvalidId { id: id.to_owned() });
    }
    let revision = revision.unwrap_or("main");
    if let Some(snapshot) = cache::complete_snapshot(&settings.cache, id, revision) {
        return Ok(snapshot);
    }
    fetch(id, revision, settings, progress)
}

#[cfg(feature = "hub")]
fn fetch(
    id: &str,
    revision: &str,
    settings: &HubSettings,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, LocateError> {
    if settings.offline {
        return Err(LocateError::NotCached { id: id.to_owned(), cache: settings.cache.clone() });
    }
    download::download(id, revision, settings, progress)
}

#[cfg(not(feature = "hub"))]
fn fetch(
    id: &str,
    _revision: &str,
    settings: &HubSettings,
    _progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, LocateError> {
    Err(LocateError::NotCached { id: id.to_owned(), cache: settings.cache.clone() })
}
