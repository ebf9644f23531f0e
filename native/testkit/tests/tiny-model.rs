//! The tiny models on disk: the same bytes each time, whole or absent, and readable by the formats' own libraries.

use std::{fs, path::Path};

use conduit_backend::DType;
use conduit_testkit::model::{Damage, Family, ModelWriteError, TinyModel, Written};
use safetensors::SafeTensors;
use serde_json::Value;
use tokenizers::Tokenizer;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_default_model_is_the_same_bytes_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, other] = ["first", "second", "other"].map(|name| folder.path().join(name));
    assert_eq!(TinyModel::default().write(&first).unwrap(), Written::New);
    assert_eq!(TinyModel::default().write(&second).unwrap(), Written::New);
    TinyModel { seed: 1, ..TinyModel::default() }.write(&other).unwrap();
    let mut bytes = 0;
    for entry in fs::read_dir(&first).unwrap() {
        let entry = entry.unwrap();
        bytes += entry.metadata().unwrap().len();
        let same = fs::read(entry.path()).unwrap() == fs::read(second.join(entry.file_name())).unwrap();
        assert!(same, "{:?} differs between two runs", entry.file_name());
    }
    assert!((1_000_000..3_000_000).contains(&bytes), "{bytes} bytes");
    let weights = |folder: &Path| fs::read(folder.join("model.safetensors")).unwrap();
    assert_ne!(weights(&first), weights(&other), "the seed has no effect");
}

#[test]
fn the_vocabulary_is_padded_past_the_tokenizer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    TinyModel::default().write(&path).unwrap();
    let tokenizer = Tokenizer::from_file(path.join("tokenizer.json")).unwrap();
    let vocab_size = json(&path.join("config.json"))["vocab_size"].as_u64().unwrap();
    assert!(vocab_size > tokenizer.get_vocab_size(true) as u64);
    assert!(vocab_size.is_multiple_of(64));
    assert!(tokenizer.get_vocab_size(true) >= 759, "the training text gives few merges");
}

#[test]
fn the_tokenizer_takes_any_text_and_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    TinyModel::default().write(&path).unwrap();
    let tokenizer = Tokenizer::from_file(path.join("tokenizer.json")).unwrap();
    let text = "-rw-r--r-- 1 ada staff 12 Jan  3 09:15 naïve-文件.txt 👩‍🚀\n{\"files\":[]}";
    let encoding = tokenizer.encode(text, false).unwrap();
    assert!(encoding.len() < text.len() * 2 / 3, "{} tokens: the merges are not used", encoding.len());
    assert_eq!(tokenizer.decode(encoding.get_ids(), false).unwrap(), text);
    let turn = tokenizer.encode("<|im_start|>user\nhi<|im_end|>", false).unwrap();
    assert_eq!(turn.get_tokens().first().map(String::as_str), Some("<|im_start|>"));
}

#[test]
fn each_family_has_its_own_tensors() {
    let folder = tempfile::tempdir().unwrap();
    for (family, tied_head, shards) in [
        (Family::Llama, false, 1),
        (Family::Mistral, false, 2),
        (Family::Qwen2, true, 1),
        (Family::Qwen3, true, 1),
    ] {
        let path = folder.path().join(family.model_type());
        TinyModel { tied_head, shards, dtype: DType::F32, ..TinyModel::small(family) }.write(&path).unwrap();
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "safetensors") {
                let bytes = fs::read(&file).unwrap();
                let tensors = SafeTensors::deserialize(&bytes).unwrap();
                names.extend(tensors.names().into_iter().map(str::to_owned));
            }
        }
        let has = |part: &str| names.iter().any(|name| name.contains(part));
        assert_eq!(has("q_proj.bias"), family == Family::Qwen2);
        assert_eq!(has("k_norm.weight"), family == Family::Qwen3);
        assert_eq!(has("lm_head.weight"), !tied_head);
        assert_eq!(json(&path.join("config.json"))["architectures"][0], family.architecture());
        if shards > 1 {
            let index = json(&path.join("model.safetensors.index.json"));
            assert_eq!(index["weight_map"].as_object().unwrap().len(), names.len());
        }
    }
}

#[test]
fn nothing_that_was_there_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    let model = TinyModel::small(Family::Qwen3);
    fs::create_dir(&path).unwrap();
    assert_eq!(model.write(&path).unwrap(), Written::New);
    assert_eq!(model.write(&path).unwrap(), Written::Unchanged);
    Damage::Truncated("model.safetensors").inflict(&path).unwrap();
    let error = model.write(&path).unwrap_err();
    assert!(matches!(error, ModelWriteError::Occupied { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a partial folder is left behind");
}

#[test]
fn damage_leaves_what_it_names_broken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    TinyModel::small(Family::Llama).write(&path).unwrap();
    for damage in [
        Damage::Truncated("model.safetensors"),
        Damage::UnknownArchitecture,
        Damage::NoChatTemplate,
        Damage::NotJson("generation_config.json"),
        Damage::Missing("tokenizer.json"),
    ] {
        damage.inflict(&path).unwrap();
    }
    let weights = fs::read(path.join("model.safetensors")).unwrap();
    assert!(SafeTensors::deserialize(&weights).is_err());
    assert_eq!(json(&path.join("config.json"))["model_type"], "mamba");
    assert!(json(&path.join("tokenizer_config.json"))["chat_template"].is_null());
    assert!(
        serde_json::from_slice::<Value>(&fs::read(path.join("generation_config.json")).unwrap()).is_err()
    );
    assert!(!path.join("tokenizer.json").exists());
    assert!(Damage::Missing("tokenizer.json").inflict(&path).is_err());
}

#[test]
fn an_impossible_shape_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = TinyModel { heads: 3, kv_heads: 2, ..TinyModel::default() };
    let error = model.write(&folder.path().join("model")).unwrap_err();
    assert!(error.to_string().contains("kv_heads"), "{error}");
}

#[test]
fn a_tokenizer_can_be_that_of_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    TinyModel { merges: 100, ..TinyModel::default() }.write(&first).unwrap();
    let taken = TinyModel {
        tokenizer: Some(first.clone()),
        vocab_size: Some(512),
        ..TinyModel::small(Family::Qwen3)
    };
    taken.write(&second).unwrap();
    for file in ["tokenizer.json", "tokenizer_config.json", "generation_config.json"] {
        assert!(fs::read(first.join(file)).unwrap() == fs::read(second.join(file)).unwrap(), "{file}");
    }
    assert_eq!(json(&second.join("config.json"))["vocab_size"], 512);
    let small = TinyModel { vocab_size: Some(64), ..taken };
    let error = small.write(&folder.path().join("third")).unwrap_err();
    assert!(matches!(&error, ModelWriteError::Shape(_)), "{error}");
}
