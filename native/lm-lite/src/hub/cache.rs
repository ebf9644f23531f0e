use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Whether `id` can be the id of a repository: `name` or `owner/name`, without anything that means something in a path.
pub(super) fn is_repository_id(id: &str) -> bool {
    let parts: Vec<_> = id.split('/').collect();
    let is_name = |part: &&str| {
        !part.is_empty()
            && !part.contains("..")
            && !part.starts_with(['.', '-'])
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
    };
    parts.len() <= 2 && parts.iter().all(is_name)
}

/// The cached snapshot of a revision, where all files that serving needs are there.
pub(super) fn complete_snapshot(cache: &Path, id: &str, revision: &str) -> Option<PathBuf> {
    if revision.split('/').any(|part| part == ".." || part.is_empty()) {
        return None;
    }
    let repository = cache.join(format!("models--{}", id.replace('/', "--")));
    let commit = std::fs::read_to_string(repository.join("refs").join(revision)).ok();
    let snapshot = repository.join("snapshots").join(commit.as_deref().unwrap_or(revision).trim());
    let files = required_files(&snapshot)?;
    files.iter().all(|file| snapshot.join(file).is_file()).then_some(snapshot)
}

/// What serving needs of a folder whose weights are in one file or in those that an index names.
fn required_files(folder: &Path) -> Option<BTreeSet<String>> {
    let mut files = BTreeSet::from(["config.json".to_owned(), "tokenizer.json".to_owned()]);
    match std::fs::read(folder.join(INDEX_FILE)) {
        Ok(index) => files.extend(shards(&index)?),
        Err(_) => drop(files.insert("model.safetensors".to_owned())),
    }
    Some(files)
}

pub(super) const INDEX_FILE: &str = "model.safetensors.index.json";

/// Names of the weight files that an index refers to.
pub(super) fn shards(index: &[u8]) -> Option<BTreeSet<String>> {
    let index: Value = serde_json::from_slice(index).ok()?;
    index["weight_map"].as_object()?.values().map(|file| Some(file.as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_cannot_leave_the_cache() {
        for id in ["Qwen/Qwen3-0.6B", "gpt2", "a/b.c_d-e"] {
            assert!(is_repository_id(id), "{id}");
        }
        for id in ["", "/", "a/", "/a", "a/b/c", "../a", "a/..", "a..b/c", ".a", "a b", "a\\b", "a/-b", "ä/b"] {
            assert!(!is_repository_id(id), "{id}");
        }
    }

    #[test]
    fn a_snapshot_counts_once_every_shard_is_there() {
        let cache = tempfile::tempdir().unwrap();
        let repository = cache.path().join("models--org--model");
        let snapshot = repository.join("snapshots/abc");
        std::fs::create_dir_all(&snapshot).unwrap();
        std::fs::create_dir_all(repository.join("refs")).unwrap();
        std::fs::write(repository.join("refs/main"), "abc\n").unwrap();
        let write = |file: &str, text: &str| std::fs::write(snapshot.join(file), text).unwrap();
        let found = || complete_snapshot(cache.path(), "org/model", "main");

        write("config.json", "{}");
        write("tokenizer.json", "{}");
        assert_eq!(found(), None);
        write(INDEX_FILE, r#"{"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"1.safetensors"}}"#);
        write("1.safetensors", "");
        assert_eq!(found(), None);
        write("2.safetensors", "");
        assert_eq!(found(), Some(snapshot.clone()));
        assert_eq!(complete_snapshot(cache.path(), "org/model", "abc"), Some(snapshot));
        assert_eq!(complete_snapshot(cache.path(), "org/model", "../../x"), None);
        assert_eq!(complete_snapshot(cache.path(), "org/other", "main"), None);
    }
}
