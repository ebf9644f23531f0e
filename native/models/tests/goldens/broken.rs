//! Folders that are not quite a model: each fails with an error that names what is wrong.

use std::path::{Path, PathBuf};

use conduit_backend_cpu::{CpuBackend, CpuOptions};
use conduit_models::{ByteProgress, LoadOptions, ModelError, load};
use conduit_testkit::golden::Golden;
use serde_json::{Value, json};

/// A copy of a golden's folder that goes away at the end of the test.
struct FolderCopy(PathBuf);

impl FolderCopy {
    fn of(golden: &str, purpose: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("conduit-broken-{}-{purpose}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for entry in std::fs::read_dir(Golden::named(golden).folder).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
        Self(folder)
    }

    fn change_config(&self, change: impl FnOnce(&mut Value)) {
        let path = self.0.join("config.json");
        let mut config = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut config);
        std::fs::write(path, config.to_string()).unwrap();
    }

    fn error(&self) -> ModelError {
        refusal(&self.0)
    }
}

impl Drop for FolderCopy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn refusal(folder: &Path) -> ModelError {
    let backend = CpuBackend::new(CpuOptions::default()).unwrap();
    let options = LoadOptions { max_model_len: 64, quantization: None };
    load(&backend, folder, options, &ByteProgress::default()).err().expect("the folder was taken")
}

#[track_caller]
fn assert_names(error: &ModelError, code: &str, names: &[&str]) {
    assert_eq!(error.code(), code, "{error}");
    let message = error.to_string();
    assert!(names.iter().all(|name| message.contains(name)), "{message}");
}

#[test]
fn a_folder_that_is_not_there() {
    assert_names(&refusal(Path::new("no-such-folder")), "missing_file", &["no-such-folder", "config.json"]);
}

#[test]
fn a_config_that_is_not_json() {
    let copy = FolderCopy::of("qwen3", "json");
    std::fs::write(copy.0.join("config.json"), "{\"model_type\": \"qwen3\"").unwrap();
    assert_names(&copy.error(), "damaged_file", &["config.json", "EOF"]);
}

#[test]
fn an_architecture_of_another_kind() {
    let copy = FolderCopy::of("qwen3", "architecture");
    copy.change_config(|config| config["model_type"] = json!("mamba"));
    assert_names(&copy.error(), "unsupported_architecture", &["mamba", "Qwen3ForCausalLM"]);
}

#[test]
fn weights_that_are_missing() {
    let copy = FolderCopy::of("qwen3", "missing");
    std::fs::remove_file(copy.0.join("model-00002-of-00002.safetensors")).unwrap();
    assert_names(&copy.error(), "missing_file", &["model-00002-of-00002.safetensors"]);
    std::fs::remove_file(copy.0.join("model.safetensors.index.json")).unwrap();
    assert_names(&copy.error(), "missing_file", &["model.safetensors"]);
}

#[test]
fn weights_that_end_too_early() {
    let copy = FolderCopy::of("qwen3", "truncated");
    let path = copy.0.join("model-00001-of-00002.safetensors");
    let weights = std::fs::read(&path).unwrap();
    std::fs::write(&path, &weights[..weights.len() / 2]).unwrap();
    assert_names(&copy.error(), "damaged_file", &["model-00001-of-00002.safetensors", "truncated"]);
}

#[test]
fn weights_of_another_size() {
    let copy = FolderCopy::of("llama-gqa", "shape");
    copy.change_config(|config| config["intermediate_size"] = json!(64));
    let names = ["model.safetensors", "model.layers.0.mlp.gate_proj.weight", "[48, 32]", "[64, 32]"];
    assert_names(&copy.error(), "wrong_shape", &names);
}

#[test]
fn weights_of_fewer_layers() {
    let copy = FolderCopy::of("llama-gqa", "layers");
    copy.change_config(|config| config["num_hidden_layers"] = json!(3));
    assert_names(&copy.error(), "missing_tensor", &["model.safetensors", "model.layers.2."]);
}
