use std::fs;

use conduit_text::{EncodeOptions, Tokenizer};
use serde_json::{Value, json};

use crate::folder;

const BEGIN: u32 = 704;
const END_OF_TEXT: u32 = 705;
const END_OF_TURN: u32 = 708;

/// The code and message of what is wrong with a folder.
fn refusal(files: &[(&str, Value)]) -> (&'static str, String) {
    match Tokenizer::load(folder(files).path()) {
        Ok(_) => ("loaded", String::new()),
        Err(error) => (error.code(), error.to_string()),
    }
}

#[test]
fn a_folder_without_a_tokenizer_is_told_which_file_it_lacks() {
    let folder = folder(&[]);
    fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
    let error = Tokenizer::load(folder.path()).err().unwrap();
    assert_eq!(error.code(), "missing_file");
    assert!(error.to_string().contains("tokenizer.json is missing"), "{error}");
}

#[test]
fn malformed_files_are_named() {
    for (file, content) in [
        ("tokenizer.json", json!("{\"version\":")),
        ("tokenizer_config.json", json!("<html>")),
        ("special_tokens_map.json", json!([1])),
        ("generation_config.json", json!({ "eos_token_id": "two" })),
        ("config.json", json!({ "eos_token_id": [1, -1] })),
    ] {
        let (code, message) = refusal(&[(file, content)]);
        assert_eq!(code, "malformed_file", "{file}");
        assert!(message.contains(file), "{message}");
    }
}

#[test]
fn a_tokenizer_of_another_kind_is_refused_by_name() {
    let words = json!({
        "version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null,
        "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": { "[UNK]": 0 } },
    });
    let (code, message) = refusal(&[("tokenizer.json", words)]);
    assert_eq!(code, "unsupported_tokenizer");
    assert!(message.contains("WordPiece"), "{message}");
}

#[test]
fn an_id_beyond_any_vocabulary_takes_no_memory_for_those_before_it() {
    let huge = json!({
        "version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null,
        "decoder": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
        "model": { "type": "BPE", "vocab": { "a": 0, "b": u32::MAX }, "merges": [] },
    });
    let (code, message) = refusal(&[("tokenizer.json", huge)]);
    assert_eq!(code, "unsupported_tokenizer");
    assert!(message.contains("\"b\" has the id 4294967295"), "{message}");
}

#[test]
fn the_ends_of_an_answer_come_from_the_first_file_that_has_any() {
    let generation = ("generation_config.json", json!({ "eos_token_id": [END_OF_TURN, END_OF_TEXT] }));
    let config = ("config.json", json!({ "eos_token_id": END_OF_TEXT, "bos_token_id": BEGIN }));
    let names = ("special_tokens_map.json", json!({ "eos_token": { "content": "<|eot_id|>" } }));
    for (files, expected) in [
        (vec![generation.clone(), config.clone(), names.clone()], vec![END_OF_TURN, END_OF_TEXT]),
        (vec![("generation_config.json", json!({})), config.clone(), names.clone()], vec![END_OF_TEXT]),
        (vec![names], vec![END_OF_TURN]),
        (vec![], vec![]),
    ] {
        assert_eq!(Tokenizer::load(folder(&files).path()).unwrap().eos_token_ids(), expected);
    }
    assert_eq!(Tokenizer::load(folder(&[config]).path()).unwrap().bos_token_id(), Some(BEGIN));
    let named = ("tokenizer_config.json", json!({ "bos_token": "<|begin_of_text|>" }));
    assert_eq!(Tokenizer::load(folder(&[named]).path()).unwrap().bos_token_id(), Some(BEGIN));
}

#[test]
fn remains_of_training_do_not_cut_or_fill_up_a_prompt() {
    let folder = folder(&[]);
    let path = folder.path().join("tokenizer.json");
    let mut tokenizer: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    tokenizer["truncation"] =
        json!({ "direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0 });
    tokenizer["padding"] = json!({ "strategy": { "Fixed": 8 }, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "!" });
    fs::write(&path, tokenizer.to_string()).unwrap();
    let tokenizer = Tokenizer::load(folder.path()).unwrap();
    let options = EncodeOptions { add_special_tokens: true, parse_special: false };
    for text in ["a", "seven words are more than two tokens"] {
        let ids = tokenizer.encode(text, options).unwrap();
        assert_eq!(ids[0], BEGIN);
        assert_eq!(tokenizer.decode(&ids, true), text);
    }
}

#[test]
fn ids_without_a_token_are_no_text() {
    let tokenizer = Tokenizer::load(folder(&[]).path()).unwrap();
    let beyond = u32::try_from(tokenizer.vocab_size()).unwrap();
    assert_eq!(beyond, 709);
    for id in [beyond, u32::MAX] {
        assert_eq!(tokenizer.token_bytes(id), b"");
        assert!(!tokenizer.is_special(id));
        assert_eq!(tokenizer.decode(&[id], false), "");
    }
    assert_eq!(tokenizer.token_bytes(END_OF_TURN), b"<|eot_id|>");
    assert!(tokenizer.is_special(END_OF_TURN));
}
