use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use conduit_models::ByteProgress;
use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError};
use hf_hub::{Cache, Repo, RepoType};

use super::CacheLocation;
use super::intact::{discard, is_intact};

const LAST_FILE: &str = "config.json";
/// Of files that are not complete, as hf-hub names them.
const PART_EXTENSION: &str = "part";

/// Downloads what loading needs of a model into the cache; files that are there already stay, and what was begun goes on. Weights that
/// have other bytes than the Hub says are downloaded once more.
pub(super) fn download(
    id: &str,
    revision: &str,
    cache: &CacheLocation,
    progress: &ByteProgress,
) -> Result<PathBuf, String> {
    let mut builder = ApiBuilder::from_env()
        .with_cache_dir(cache.folder.clone())
        .with_progress(false)
        .with_retries(3)
        .with_user_agent("lm-lite", env!("CARGO_PKG_VERSION"));
    if let Ok(token) = env::var("HF_TOKEN") {
        builder = builder.with_token(Some(token).filter(|token| !token.is_empty()));
    }
    let api = builder.build().map_err(|error| error.to_string())?;
    let repository = Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned());
    let cached = Cache::new(cache.folder.clone()).repo(repository.clone());
    let hub = api.repo(repository);
    let info = hub.info().map_err(|error| error.to_string())?;
    let names: Vec<_> = info.siblings.into_iter().map(|file| file.rfilename).collect();
    if names.iter().any(|name| name.ends_with(".gguf")) && !names.iter().any(|name| is_weights(name)) {
        return Err("it has GGUF files alone; download the one that you want, and give its path".to_owned());
    }
    let mut files: Vec<_> = names.into_iter().filter(|name| is_needed(name)).collect();
    // The last one, because a snapshot with it is taken for complete.
    files.sort_by_key(|file| file == LAST_FILE);
    let failed = |file: &str, error: ApiError| format!("{file}: {error}");
    let mut total = 0;
    for file in files.iter().filter(|file| is_weights(file) && cached.get(file).is_none()) {
        let metadata = api.metadata(&hub.url(file)).map_err(|error| failed(file, error))?;
        let size = metadata.size() as u64;
        // What was complete but for its name cannot be gone on with: there is nothing to ask for.
        let part = cached.blob_path(metadata.etag()).with_extension(PART_EXTENSION);
        if fs::metadata(&part).is_ok_and(|part| part.len() >= size) {
            fs::remove_file(&part).map_err(|error| format!("{file}: {error}"))?;
        }
        total += size;
    }
    progress.begin(total);
    let get = |file: &str| match cached.get(file) {
        Some(path) => Ok(path),
        None => {
            tracing::info!(model = id, file, "downloading");
            let counted = Counted { progress: is_weights(file).then_some(progress), bytes: 0 };
            hub.download_with_progress(file, counted).map_err(|error| failed(file, error))
        }
    };
    let mut last = None;
    for file in files {
        let broken = |error: io::Error| format!("{file}: {error}");
        let mut path = get(&file)?;
        // Also what an earlier process has downloaded, which may have ended before it looked.
        if is_weights(&file) && !is_intact(&path).map_err(broken)? {
            tracing::warn!(model = id, file, "has other bytes than the Hub says; downloading it again");
            discard(&path).map_err(broken)?;
            path = get(&file)?;
            if !is_intact(&path).map_err(broken)? {
                discard(&path).map_err(broken)?;
                return Err(format!("{file}: its bytes are not those whose SHA-256 the Hub tells, twice"));
            }
        }
        last = (file == LAST_FILE).then_some(path);
    }
    let folder = last.as_deref().and_then(|path| path.parent());
    folder.map(ToOwned::to_owned).ok_or_else(|| format!("it has no {LAST_FILE}"))
}

/// The bytes of one file, which may be begun again.
struct Counted<'a> {
    /// `None` for what is too small to be counted.
    progress: Option<&'a ByteProgress>,
    bytes: u64,
}

impl Progress for Counted<'_> {
    fn init(&mut self, _size: usize, _filename: &str) {
        if let Some(progress) = self.progress {
            progress.retreat(self.bytes);
        }
        self.bytes = 0;
    }

    fn update(&mut self, size: usize) {
        if let Some(progress) = self.progress {
            progress.advance(size as u64);
        }
        self.bytes += size as u64;
    }

    fn finish(&mut self) {}
}

fn is_weights(file: &str) -> bool {
    file.ends_with(".safetensors")
}

/// Files of the top folder that a loader reads, and how embeddings are pooled; other formats of the same weights stay where
/// they are.
fn is_needed(file: &str) -> bool {
    let template = file.starts_with("additional_chat_templates/");
    let top = !file.contains('/');
    let read = [".json", ".safetensors", ".jinja"].iter().any(|ending| file.ends_with(ending));
    let pooling =
        file.split_once('/').is_some_and(|(module, file)| module.contains("Pooling") && file == LAST_FILE);
    (top || template || pooling) && read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_is_downloaded() {
        for file in [
            "config.json",
            "model-00001-of-00002.safetensors",
            "model.safetensors.index.json",
            "chat_template.jinja",
            "additional_chat_templates/tool_use.jinja",
            "modules.json",
            "1_Pooling/config.json",
        ] {
            assert!(is_needed(file), "{file}");
        }
        for file in [
            "pytorch_model.bin",
            "original/consolidated.safetensors",
            "onnx/config.json",
            "README.md",
            "a.gguf",
        ] {
            assert!(!is_needed(file), "{file}");
        }
    }
}
