use std::env;
use std::path::PathBuf;

use hf_hub::api::sync::ApiBuilder;
use hf_hub::{Repo, RepoType};

use super::CacheLocation;

const LAST_FILE: &str = "config.json";

/// Downloads what loading needs of a model into the cache; files that are there already stay.
pub(super) fn download(id: &str, revision: &str, cache: &CacheLocation) -> Result<PathBuf, String> {
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
    let repository = api.repo(repository);
    let info = repository.info().map_err(|error| error.to_string())?;
    let mut files: Vec<_> =
        info.siblings.into_iter().map(|file| file.rfilename).filter(|name| is_needed(name)).collect();
    // The last one, because a snapshot with it is taken for complete.
    files.sort_by_key(|file| file == LAST_FILE);
    let mut last = None;
    for file in files {
        tracing::info!(model = id, file, "downloading");
        let path = repository.get(&file).map_err(|error| format!("{file}: {error}"))?;
        last = (file == LAST_FILE).then_some(path);
    }
    let folder = last.as_deref().and_then(|path| path.parent());
    folder.map(ToOwned::to_owned).ok_or_else(|| format!("it has no {LAST_FILE}"))
}

/// Files of the top folder that a loader reads; other formats of the same weights stay where they are.
fn is_needed(file: &str) -> bool {
    let template = file.starts_with("additional_chat_templates/");
    let top = !file.contains('/');
    let read = [".json", ".safetensors", ".jinja"].iter().any(|ending| file.ends_with(ending));
    (top || template) && read
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
