use std::fs;
use std::path::{Path, PathBuf};

use conduit_gguf::Gguf;
use conduit_models::ByteProgress;
use serde_json::Value;

use super::CacheLocation;
use super::load_error::LoadError;

/// The branch that is meant when none is named.
const DEFAULT_REVISION: &str = "main";

/// Finds the folder of a model, or its GGUF file: a path, or an id in the cache, downloaded where it is not there.
pub(super) fn find(
    source: &str,
    revision: Option<&str>,
    cache: &CacheLocation,
    progress: &ByteProgress,
) -> Result<PathBuf, LoadError> {
    let path = Path::new(source);
    if path.is_dir() || path.is_file() && Gguf::is_at(path) {
        return Ok(path.to_owned());
    }
    if Gguf::is_at(path) {
        return Err(LoadError::not_found(format!("the file {source} does not exist")));
    }
    if !is_id(source) {
        return Err(LoadError::not_found(format!("the folder {source} does not exist")));
    }
    let revision = revision.unwrap_or(DEFAULT_REVISION);
    let cached = cache.snapshot(source, revision);
    if let Some(folder) = cached.as_ref().filter(|folder| is_complete(folder)) {
        return Ok(folder.clone());
    }
    let looked = cache.repository(source);
    let looked = format!(
        "there is no folder of that name, and not all of its files (revision {revision}) are in {}",
        looked.display()
    );
    if cache.offline {
        return Err(LoadError::not_found(format!(
            "{source}: {looked}; HF_HUB_OFFLINE forbids downloading it"
        )));
    }
    download(source, revision, cache, progress).map_err(|reason| {
        LoadError::not_found(format!("{source}: {looked}; downloading it failed: {reason}"))
    })
}

#[cfg(feature = "hub")]
fn download(
    id: &str,
    revision: &str,
    cache: &CacheLocation,
    progress: &ByteProgress,
) -> Result<PathBuf, String> {
    super::hub::download(id, revision, cache, progress)
}

#[cfg(not(feature = "hub"))]
fn download(
    _id: &str,
    _revision: &str,
    _cache: &CacheLocation,
    _progress: &ByteProgress,
) -> Result<PathBuf, String> {
    Err("this build cannot download; put the files there, or give a folder".to_owned())
}

/// `name` or `organisation/name` in the characters that ids have.
fn is_id(source: &str) -> bool {
    let parts: Vec<_> = source.split('/').collect();
    let plain = |part: &&str| {
        let known = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        !part.is_empty() && !part.starts_with('.') && !part.contains("..") && part.chars().all(known)
    };
    parts.len() <= 2 && parts.iter().all(plain)
}

/// Whether a snapshot has what loading starts from, and all the files of weights that its index names.
fn is_complete(folder: &Path) -> bool {
    let exists = |file: &str| folder.join(file).exists();
    let indexed = || {
        let index = fs::read(folder.join("model.safetensors.index.json")).ok()?;
        let index: Value = serde_json::from_slice(&index).ok()?;
        let files = index["weight_map"].as_object()?.values();
        Some(files.filter_map(Value::as_str).all(exists))
    };
    let has_layout = exists("config.json") && exists("tokenizer.json");
    has_layout && (exists("model.safetensors") || indexed().unwrap_or_default()) || Gguf::is_at(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty_cache() -> (tempfile::TempDir, CacheLocation) {
        let root = tempfile::tempdir().unwrap();
        let cache = CacheLocation { folder: root.path().join("hub"), offline: true };
        (root, cache)
    }

    #[test]
    fn folders_come_before_ids() {
        let (root, cache) = empty_cache();
        let folder = root.path().to_str().unwrap();
        assert_eq!(find(folder, None, &cache, &ByteProgress::default()).unwrap(), root.path());
    }

    #[test]
    fn files_of_gguf_are_found_by_their_path_and_in_the_cache() {
        let (root, cache) = empty_cache();
        let find = |source: &str| find(source, None, &cache, &ByteProgress::default());
        let file = root.path().join("model.gguf");
        let path = file.to_str().unwrap();
        let message = find(path).unwrap_err().to_string();
        assert!(message.contains(&format!("the file {path} does not exist")), "{message}");
        assert!(find("model.gguf").unwrap_err().to_string().contains("the file model.gguf does not exist"));
        fs::write(&file, "").unwrap();
        assert_eq!(find(path).unwrap(), file);
        let snapshot = cache.repository("org/name").join("snapshots/main");
        fs::create_dir_all(&snapshot).unwrap();
        assert!(find("org/name").is_err());
        fs::write(snapshot.join("name-Q8_0.gguf"), "").unwrap();
        assert_eq!(find("org/name").unwrap(), snapshot);
    }

    #[test]
    fn ids_are_found_in_the_cache() {
        let (_root, cache) = empty_cache();
        let repository = cache.repository("org/name");
        let snapshot = repository.join("snapshots/abc");
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir_all(repository.join("refs")).unwrap();
        fs::write(repository.join("refs/main"), "abc").unwrap();
        assert!(find("org/name", None, &cache, &ByteProgress::default()).is_err(), "without its files");
        for file in ["config.json", "tokenizer.json", "one.safetensors"] {
            fs::write(snapshot.join(file), "").unwrap();
        }
        let index = r#"{"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}"#;
        fs::write(snapshot.join("model.safetensors.index.json"), index).unwrap();
        assert!(
            find("org/name", None, &cache, &ByteProgress::default()).is_err(),
            "without its second file of weights"
        );
        fs::write(snapshot.join("two.safetensors"), "").unwrap();
        assert_eq!(find("org/name", None, &cache, &ByteProgress::default()).unwrap(), snapshot);
        assert_eq!(find("org/name", Some("abc"), &cache, &ByteProgress::default()).unwrap(), snapshot);
    }

    #[test]
    fn what_is_nowhere_is_named_with_the_places_that_were_searched() {
        let (_root, cache) = empty_cache();
        let message = find("org/name", None, &cache, &ByteProgress::default()).unwrap_err().to_string();
        for part in ["org/name", "models--org--name", "HF_HUB_OFFLINE", "revision main"] {
            assert!(message.contains(part), "{message} lacks {part}");
        }
        for path in ["/no/such/folder", "./no", "../no", "a/b/c", "a/../b"] {
            let message = find(path, None, &cache, &ByteProgress::default()).unwrap_err().to_string();
            assert!(message.contains(&format!("the folder {path} does not exist")), "{message}");
        }
    }
}
