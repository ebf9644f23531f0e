//! What is read from a model folder, and what is said about one that is incomplete or hostile.

mod chat_templates;
mod reasoning;
mod tokenizers;
mod tool_calls;

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a tiny tokenizer and the `files`.
fn folder(files: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tokenizer =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../goldens/tokenizers/byte-level/tokenizer.json");
    fs::copy(tokenizer, folder.path().join("tokenizer.json")).unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
        fs::write(path, text).unwrap();
    }
    folder
}

fn user(content: &str) -> Value {
    json!({ "role": "user", "content": content })
}
