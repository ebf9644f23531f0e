use std::path::PathBuf;

use hf_hub::api::sync::{ApiBuilder, ApiRepo};
use hf_hub::{Repo, RepoType};

use super::cache::{INDEX_FILE, shards};
use super::{HubSettings, LocateError};

/// Times that an interrupted file is taken up again where it stopped.
const RETRIES: usize = 5;

/// Files beside the weights that serving reads where they are there.
const SIDE_FILES: [&str; 8] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
];

/// Fetches what serving needs into the cache and gives the snapshot's folder.
pub(super) fn download(
    id: &str,
    revision: &str,
    settings: &HubSettings,
    progress: &mut dyn FnMut(&str),
) -> Result<PathBuf, LocateError> {
    let failed = |reason: String| LocateError::Download {
        id: id.to_owned(),
        cache: settings.cache.clone(),
        reason,
    };
    let mut builder = ApiBuilder::new()
        .with_cache_dir(settings.cache.clone())
        .with_token(settings.token.clone())
        .with_retries(RETRIES)
        .with_progress(false);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    let api = builder.build().map_err(|error| failed(error.to_string()))?;
    let repository = api.repo(Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned()));
    let info = repository.info().map_err(|error| failed(error.to_string()))?;
    let offered: Vec<_> = info.siblings.into_iter().map(|sibling| sibling.rfilename).collect();

    let mut get = |file: &str| fetch(&repository, file, progress).map_err(&failed);
    let mut snapshot = None;
    for file in SIDE_FILES.iter().filter(|file| offered.iter().any(|name| name == *file)) {
        let path = get(file)?;
        snapshot = snapshot.or_else(|| path.parent().map(ToOwned::to_owned));
    }
    let weights = if offered.iter().any(|name| name == INDEX_FILE) {
        let index = std::fs::read(get(INDEX_FILE)?).map_err(|error| failed(error.to_string()))?;
        let shards = shards(&index).ok_or_else(|| failed(format!("{INDEX_FILE} has no weight_map")))?;
        shards.into_iter().collect()
    } else {
        vec!["model.safetensors".to_owned()]
    };
    for file in &weights {
        if !offered.contains(file) {
            return Err(failed(format!("it has no {file}; only safetensors weights are read")));
        }
        get(file)?;
    }
    snapshot.ok_or_else(|| failed("it has no config.json".to_owned()))
}

fn fetch(repository: &ApiRepo, file: &str, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, String> {
    progress(file);
    repository.get(file).map_err(|error| format!("{file}: {error}"))
}
