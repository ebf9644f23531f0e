use std::env;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The Hugging Face cache of this user, as Hugging Face's own tools find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheLocation {
    /// The folder that holds `models--org--name`.
    pub folder: PathBuf,
    /// Whether models that are not there may not be downloaded.
    pub offline: bool,
}

impl CacheLocation {
    /// From `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HOME` and `HF_HUB_OFFLINE`.
    pub fn from_environment() -> Self {
        let path = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || path("HF_HOME").or_else(|| Some(path("XDG_CACHE_HOME")?.join("huggingface")));
        let default = || path("HOME").unwrap_or_default().join(".cache/huggingface");
        let folder = path("HF_HUB_CACHE").unwrap_or_else(|| home().unwrap_or_else(default).join("hub"));
        let offline = env::var("HF_HUB_OFFLINE")
            .is_ok_and(|value| ["1", "true", "yes", "on"].contains(&value.to_ascii_lowercase().as_str()));
        Self { folder, offline }
    }

    /// Where an id's files are kept.
    pub(crate) fn repository(&self, id: &str) -> PathBuf {
        self.folder.join(format!("models--{}", id.replace('/', "--")))
    }

    /// The folder with the files of a revision; `None` where it was never downloaded.
    pub(crate) fn snapshot(&self, id: &str, revision: &str) -> Option<PathBuf> {
        let repository = self.repository(id);
        let commit = fs::read_to_string(repository.join("refs").join(revision));
        let commit = commit.as_deref().map_or(revision, str::trim);
        // A reference names a folder beside it, and nothing else.
        let normal =
            |path: &str| Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let plain = normal(revision) && normal(commit) && !commit.contains('/');
        let folder = repository.join("snapshots").join(commit);
        (plain && folder.is_dir()).then_some(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_references_or_commits() {
        let root = tempfile::tempdir().unwrap();
        let cache = CacheLocation { folder: root.path().to_owned(), offline: true };
        let repository = root.path().join("models--org--name");
        let snapshot = repository.join("snapshots/abc123");
        fs::create_dir_all(&snapshot).unwrap();
        fs::create_dir_all(repository.join("refs/pr")).unwrap();
        for (reference, commit) in
            [("main", "abc123\n"), ("pr/1", "abc123"), ("gone", "def456"), ("bad", "../..")]
        {
            fs::write(repository.join("refs").join(reference), commit).unwrap();
        }
        for revision in ["main", "pr/1", "abc123"] {
            assert_eq!(cache.snapshot("org/name", revision), Some(snapshot.clone()), "{revision}");
        }
        for revision in ["gone", "bad", "other", "..", "../../other"] {
            assert_eq!(cache.snapshot("org/name", revision), None, "{revision}");
        }
        assert_eq!(cache.snapshot("org/other", "main"), None);
    }
}
