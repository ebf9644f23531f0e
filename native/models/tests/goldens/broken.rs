//! Folders that are not quite a model: each fails with an error that names what is wrong.

use std::path::Path;

use serde_json::json;

use crate::folder_copy::{FolderCopy, assert_names, refusal};

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
