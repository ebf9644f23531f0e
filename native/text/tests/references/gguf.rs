//! Tokenizers in GGUF files, made as llama.cpp's converter makes them, against those that they were made from.

use std::path::{Path, PathBuf};

use conduit_testkit::gguf::GgufBuilder;
use conduit_text::{ChatTemplate, EncodeOptions, TextError, Tokenizer};
use serde_json::Value;
use tempfile::TempDir;

use crate::files::{goldens, ids, json, json_lines, qwen3};

const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const UNUSED: i32 = 5;
const BYTE: i32 = 6;

/// Tokens of a tokenizer.json with their types, by id.
fn tokens(tokenizer: &Value) -> Vec<(String, i32)> {
    let vocabulary = tokenizer["model"]["vocab"].as_object().unwrap();
    let (unknown, has_bytes) = (&tokenizer["model"]["unk_token"], &tokenizer["model"]["byte_fallback"]);
    let kind = |text: &str| match text {
        _ if unknown == text => UNKNOWN,
        _ if has_bytes == &Value::Bool(true) && text.starts_with("<0x") => BYTE,
        _ => NORMAL,
    };
    let mut tokens: Vec<(u64, String, i32)> = Vec::new();
    for (text, id) in vocabulary {
        tokens.push((id.as_u64().unwrap(), text.clone(), kind(text)));
    }
    for token in tokenizer["added_tokens"].as_array().unwrap() {
        let (id, text) = (token["id"].as_u64().unwrap(), token["content"].as_str().unwrap());
        let kind = match (kind(text), token["special"] == true) {
            (UNKNOWN, _) => UNKNOWN,
            (_, true) => CONTROL,
            (_, false) => USER_DEFINED,
        };
        tokens.retain(|(known, ..)| *known != id);
        tokens.push((id, text.to_owned(), kind));
    }
    tokens.sort();
    assert!(tokens.iter().zip(0..).all(|((id, ..), index)| *id == index), "ids leave some out");
    tokens.into_iter().map(|(_, text, kind)| (text, kind)).collect()
}

/// A GGUF file's metadata of the tokenizer of a folder.
fn convert(folder: &Path, model: &str, pre: &str) -> GgufBuilder {
    let tokenizer = json(&folder.join("tokenizer.json"));
    let config = json(&folder.join("tokenizer_config.json"));
    let tokens = tokens(&tokenizer);
    let texts: Vec<&str> = tokens.iter().map(|(text, _)| text.as_str()).collect();
    let kinds: Vec<i32> = tokens.iter().map(|(_, kind)| *kind).collect();
    let mut file = GgufBuilder::default();
    file.set("general.architecture", "llama").set("tokenizer.ggml.model", model);
    file.set("tokenizer.ggml.tokens", &*texts).set("tokenizer.ggml.token_type", &*kinds);
    if model == "gpt2" {
        let merge = |merge: &Value| match merge.as_str() {
            Some(merge) => merge.to_owned(),
            None => format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap()),
        };
        let merges: Vec<String> =
            tokenizer["model"]["merges"].as_array().unwrap().iter().map(merge).collect();
        let merges: Vec<&str> = merges.iter().map(String::as_str).collect();
        file.set("tokenizer.ggml.pre", pre).set("tokenizer.ggml.merges", &*merges);
    } else {
        // Pieces come in the order in which they were found, the best first.
        let scores: Vec<f32> = (0..texts.len()).map(|id| -(id as f32)).collect();
        file.set("tokenizer.ggml.scores", &*scores);
    }
    for (role, key) in [("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown")] {
        let text = config[role].as_str().or(config[role]["content"].as_str());
        let id = text.and_then(|text| texts.iter().position(|known| *known == text));
        if let Some(id) = id {
            file.set(&format!("tokenizer.ggml.{key}_token_id"), id as u32);
        }
    }
    if let Some(template) = config["chat_template"].as_str() {
        file.set("tokenizer.chat_template", template);
    }
    file
}

fn write(file: &GgufBuilder) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, file.bytes()).unwrap();
    (folder, path)
}

fn load(file: &GgufBuilder) -> Result<Tokenizer, TextError> {
    let (_folder, path) = write(file);
    Tokenizer::load(&path)
}

fn folder(name: &str) -> PathBuf {
    if name == "qwen3" { qwen3() } else { goldens("tokenizers").join(name) }
}

const KINDS: [(&str, &str, &str); 3] =
    [("qwen3", "gpt2", "qwen2"), ("byte-level", "gpt2", "llama-bpe"), ("byte-fallback", "llama", "")];

#[test]
fn a_tokenizer_in_a_file_makes_the_tokens_of_its_original() {
    for (name, model, pre) in KINDS {
        let tokenizer = load(&convert(&folder(name), model, pre)).unwrap();
        let original = Tokenizer::load(&folder(name)).unwrap();
        assert_eq!(tokenizer.vocab_size(), original.vocab_size(), "{name}");
        assert_eq!(tokenizer.bos_token_id(), original.bos_token_id(), "{name}");
        for id in 0..original.vocab_size() as u32 {
            assert_eq!(tokenizer.token_bytes(id), original.token_bytes(id), "{name}: {id}");
            assert_eq!(tokenizer.is_special(id), original.is_special(id), "{name}: {id}");
        }
        let mut cases = 0;
        for case in json_lines(&goldens("tokenizers").join(name).join("encode.jsonl")) {
            let Some(text) = case["text"].as_str() else { continue };
            let plain = ids(&case["ids"]);
            let or_plain = |key: &str| case.get(key).map_or_else(|| plain.clone(), ids);
            for (parse_special, add_special_tokens, expected) in [
                (true, false, plain.clone()),
                (true, true, or_plain("ids_with_added")),
                (false, false, or_plain("ids_special_as_text")),
            ] {
                let options = EncodeOptions { parse_special, add_special_tokens };
                assert_eq!(
                    tokenizer.encode(text, options).unwrap(),
                    expected,
                    "{name}: {text:?}, {options:?}"
                );
            }
            cases += 1;
        }
        assert!(cases > 100, "{name}: {cases} texts");
        for case in json_lines(&goldens("tokenizers").join(name).join("decode.jsonl")) {
            let ids = ids(&case["ids"]);
            assert_eq!(tokenizer.decode(&ids, true), case["text"].as_str().unwrap(), "{name}: {ids:?}");
        }
    }
}

#[test]
fn the_template_of_a_file_is_that_of_its_original() {
    let (_folder, path) = write(&convert(&qwen3(), "gpt2", "qwen2"));
    let tokenizer = Tokenizer::load(&path).unwrap();
    let template = ChatTemplate::load(&path, &tokenizer).unwrap();
    assert!(template.contains("enable_thinking"));
    assert_eq!(tokenizer.eos_token_ids(), [151_645]);
    let mut file = convert(&folder("byte-level"), "gpt2", "llama-bpe");
    let (_folder, path) = write(file.remove("tokenizer.chat_template"));
    let error = ChatTemplate::load(&path, &Tokenizer::load(&path).unwrap()).err().unwrap();
    assert_eq!(error.code(), "no_chat_template");
}

#[test]
fn all_tokens_that_end_a_turn_end_an_answer() {
    let mut file = convert(&folder("byte-level"), "gpt2", "llama-bpe");
    let tokenizer = load(&file).unwrap();
    let id = |text: &str| tokenizer.token_id(text).unwrap();
    let (end, turn) = (id("<|end_of_text|>"), id("<|eot_id|>"));
    file.set("tokenizer.ggml.eos_token_id", end);
    assert_eq!(load(&file).unwrap().eos_token_ids(), [end, turn]);
    file.set("tokenizer.ggml.eot_token_id", turn)
        .set("tokenizer.ggml.eom_token_id", id("<|start_header_id|>"));
    assert_eq!(load(&file).unwrap().eos_token_ids(), [end, turn, id("<|start_header_id|>")]);
}

#[test]
fn what_is_added_around_a_text_is_as_the_file_says() {
    let mut file = convert(&folder("byte-fallback"), "llama", "");
    let options = EncodeOptions { add_special_tokens: true, parse_special: true };
    let encode = |file: &GgufBuilder| load(file).unwrap().encode("the files", options).unwrap();
    let (begin, end) = (1, 2);
    let plain = encode(file.set("tokenizer.ggml.add_bos_token", false)).clone();
    assert!(!plain.contains(&begin) && !plain.contains(&end));
    file.set("tokenizer.ggml.add_bos_token", true).set("tokenizer.ggml.add_eos_token", true);
    assert_eq!(encode(&file), [&[begin], &*plain, &[end]].concat());
    file.set("tokenizer.ggml.add_bos_token", false).set("tokenizer.ggml.add_eos_token", false);
    file.set("tokenizer.ggml.add_space_prefix", false);
    let tokenizer = load(&file).unwrap();
    let ids = tokenizer.encode("the files", options).unwrap();
    assert_ne!(ids, plain);
    assert_eq!(
        (tokenizer.decode(&ids, true), tokenizer.decode(&plain, true)),
        ("the files".into(), " the files".into())
    );
}

#[test]
fn rows_that_stand_for_no_token_are_none() {
    let folder = folder("byte-fallback");
    let mut tokens = tokens(&json(&folder.join("tokenizer.json")));
    let count = tokens.len();
    tokens.extend((count..count + 3).map(|id| (format!("[PAD{id}]"), UNUSED)));
    let texts: Vec<&str> = tokens.iter().map(|(text, _)| text.as_str()).collect();
    let kinds: Vec<i32> = tokens.iter().map(|(_, kind)| *kind).collect();
    let scores: Vec<f32> = (0..texts.len()).map(|id| -(id as f32)).collect();
    let mut file = convert(&folder, "llama", "");
    file.set("tokenizer.ggml.tokens", &*texts).set("tokenizer.ggml.token_type", &*kinds);
    file.set("tokenizer.ggml.scores", &*scores);
    assert_eq!(load(&file).unwrap().vocab_size(), count);
}

#[test]
fn what_is_missing_wrong_or_not_supported_is_named() {
    type Change = fn(&mut GgufBuilder);
    let cases: [(&str, Change); 14] = [
        ("tokenizer.ggml.model: is missing", |file| {
            file.remove("tokenizer.ggml.model");
        }),
        ("tokenizer.ggml.model = t5", |file| {
            file.set("tokenizer.ggml.model", "t5");
        }),
        ("tokenizer.ggml.pre: is missing", |file| {
            file.remove("tokenizer.ggml.pre");
        }),
        ("tokenizer.ggml.pre = default", |file| {
            file.set("tokenizer.ggml.pre", "default");
        }),
        ("tokenizer.ggml.tokens: is missing", |file| {
            file.remove("tokenizer.ggml.tokens");
        }),
        ("tokenizer.ggml.tokens: expected an array of texts", |file| {
            file.set("tokenizer.ggml.tokens", 3u32);
        }),
        ("tokenizer.ggml.tokens: \"a\" is there twice", |file| {
            file.set("tokenizer.ggml.tokens", &["a", "b", "a"][..]);
        }),
        ("tokenizer.ggml.merges: is missing", |file| {
            file.remove("tokenizer.ggml.merges");
        }),
        ("tokenizer.ggml.merges: expected pairs", |file| {
            file.set("tokenizer.ggml.merges", &["ab"][..]);
        }),
        ("tokenizer.ggml.token_type: 1 types for", |file| {
            file.set("tokenizer.ggml.token_type", &[1i32][..]);
        }),
        ("tokenizer.ggml.eos_token_id: 9999999 of", |file| {
            file.set("tokenizer.ggml.eos_token_id", 9_999_999u32);
        }),
        ("tokenizer.ggml.scores: is missing", |file| {
            file.set("tokenizer.ggml.model", "llama");
        }),
        ("tokenizer.ggml.scores: 2 scores for", |file| {
            file.set("tokenizer.ggml.model", "llama").set("tokenizer.ggml.scores", &[0f32, 1.0][..]);
        }),
        // A merge whose parts are no tokens.
        ("model.gguf is malformed", |file| {
            file.set("tokenizer.ggml.merges", &["中 文"][..]);
        }),
    ];
    for (named, change) in cases {
        let mut file = convert(&folder("byte-level"), "gpt2", "llama-bpe");
        change(&mut file);
        let error = load(&file).err().expect(named).to_string();
        assert!(error.contains("model.gguf") && error.contains(named), "{error} lacks {named}");
    }
    let mut file = convert(&folder("byte-level"), "gpt2", "llama-bpe");
    let kinds = vec![7i32; 705];
    let error = load(file.set("tokenizer.ggml.token_type", &*kinds)).err().unwrap().to_string();
    assert!(error.contains("tokenizer.ggml.token_type"), "{error}");
}
