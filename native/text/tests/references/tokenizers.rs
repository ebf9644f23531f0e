use std::{
    fs,
    path::PathBuf,
    sync::LazyLock,
    time::{Duration, Instant},
};

use conduit_text::{Detokenizer, EncodeOptions, Tokenizer};
use serde_json::Value;

use crate::files::{goldens, ids, json, json_lines, names, qwen3, real_tokenizer};

fn folder(name: &str) -> PathBuf {
    if name == "qwen3" { qwen3() } else { goldens("tokenizers").join(name) }
}

fn text(case: &Value) -> String {
    match &case["repeat"] {
        Value::Null => case["text"].as_str().unwrap().to_owned(),
        repeat => repeat["text"].as_str().unwrap().repeat(repeat["count"].as_u64().unwrap() as usize),
    }
}

fn expected_ids(case: &Value) -> Vec<u32> {
    match &case["id_runs"] {
        Value::Null => ids(&case["ids"]),
        runs => {
            let runs = runs.as_array().unwrap().iter();
            runs.flat_map(|run| ids(&run[0]).repeat(run[1].as_u64().unwrap() as usize)).collect()
        }
    }
}

const PARSED: EncodeOptions = EncodeOptions { add_special_tokens: false, parse_special: true };
const WITH_ADDED: EncodeOptions = EncodeOptions { add_special_tokens: true, parse_special: true };
const AS_TEXT: EncodeOptions = EncodeOptions { add_special_tokens: false, parse_special: false };

#[test]
fn texts_become_the_references_tokens() {
    let mut real = 0;
    for name in names("tokenizers", 3) {
        let tokenizer = Tokenizer::load(&folder(&name)).unwrap();
        for case in json_lines(&goldens("tokenizers").join(&name).join("encode.jsonl")) {
            let text = text(&case);
            let plain = expected_ids(&case);
            let or_plain = |key: &str| case.get(key).map_or_else(|| plain.clone(), ids);
            let check = |options: EncodeOptions, expected: &[u32]| {
                let found = tokenizer.encode(&text, options).unwrap();
                let first = found.iter().zip(expected).position(|(found, expected)| found != expected);
                let shown: String = text.chars().take(200).collect();
                assert!(
                    found == expected,
                    "{name}: {shown:?} with {options:?}: {} tokens, expected {}, first difference at {first:?}",
                    found.len(),
                    expected.len()
                );
            };
            check(PARSED, &plain);
            check(AS_TEXT, &or_plain("ids_special_as_text"));
            // Repeated texts come without the ids that are added.
            if case.get("repeat").is_none() {
                check(WITH_ADDED, &or_plain("ids_with_added"));
            }
            real += usize::from(name == "qwen3");
        }
    }
    assert!(real >= 2000, "{real} strings for the real tokenizer");
}

#[test]
fn tokens_become_the_references_text_whole_and_one_by_one() {
    for name in names("tokenizers", 3) {
        let tokenizer = Tokenizer::load(&folder(&name)).unwrap();
        let cases = json_lines(&goldens("tokenizers").join(&name).join("decode.jsonl"));
        assert!(cases.len() >= 20, "{name}: {} cases", cases.len());
        for case in cases {
            let ids = ids(&case["ids"]);
            for (skip_special, key) in [(true, "text"), (false, "text_with_special")] {
                let expected = case[key].as_str().unwrap();
                assert_eq!(tokenizer.decode(&ids, skip_special), expected, "{name}: {ids:?}");
                let mut detokenizer = Detokenizer::new(skip_special);
                let mut text = String::new();
                for id in &ids {
                    text.push_str(&detokenizer.push(&tokenizer, *id));
                    assert!(expected.starts_with(&text), "{name}: {ids:?} gave out {text:?} of {expected:?}");
                }
                text.push_str(&detokenizer.finish(&tokenizer));
                assert_eq!(text, expected, "{name}: {ids:?} one by one");
            }
        }
    }
}

#[test]
fn bytes_of_tokens_make_up_the_text() {
    for name in ["qwen3", "byte-level"] {
        let tokenizer = Tokenizer::load(&folder(name)).unwrap();
        for case in json_lines(&goldens("tokenizers").join(name).join("encode.jsonl")) {
            let ids = expected_ids(&case);
            let bytes: Vec<u8> = ids.iter().flat_map(|id| tokenizer.token_bytes(*id)).copied().collect();
            assert_eq!(String::from_utf8_lossy(&bytes), tokenizer.decode(&ids, false), "{name}: {ids:?}");
        }
    }
}

#[test]
fn the_real_tokenizer_is_the_one_that_the_goldens_are_for() {
    let source = json(&goldens("tokenizers/qwen3/source.json"));
    let package = json(&qwen3().join("../package.json"));
    assert_eq!(
        package["version"], source["version"],
        "remake the goldens, or install the version they are for"
    );
}

/// What this thread has computed for, whatever else the machine does; real time where that is not known.
fn thread_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let nanoseconds = fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

#[test]
fn the_real_tokenizer_loads_within_a_second() {
    let start = thread_time();
    let tokenizer = Tokenizer::load(&qwen3()).unwrap();
    let took = thread_time() - start;
    println!("loading took {took:?}");
    assert_eq!(tokenizer.vocab_size(), 151_669);
    assert_eq!(tokenizer.eos_token_ids(), [151_645]);
    assert_eq!(tokenizer.bos_token_id(), None);
    assert!(tokenizer.is_special(151_645) && !tokenizer.is_special(151_668));
    assert_eq!(tokenizer.token_id("</think>"), Some(151_668));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn long_texts_take_no_more_than_their_share_of_time() {
    let tokenizer = real_tokenizer();
    let prose = fs::read_to_string(goldens("README.md")).unwrap();
    for (what, piece) in [
        ("one letter", "a"),
        ("one CJK character", "文"),
        ("spaces", " "),
        ("line breaks", "\n"),
        ("spaces and tabs", " \t"),
        ("punctuation", "=-"),
        ("a combining mark", "\u{301}"),
        ("control tokens", "<|im_end|>"),
        ("prose", &prose),
    ] {
        let times = [100_000, 400_000].map(|bytes| {
            let text = piece.repeat(bytes / piece.len());
            let start = thread_time();
            let ids = tokenizer.encode(&text, PARSED).unwrap();
            let took = thread_time() - start;
            assert_eq!(tokenizer.decode(&ids, false), text, "{what}");
            took
        });
        println!("{what}: 100 kB in {:?}, 400 kB in {:?}", times[0], times[1]);
        assert!(times[0] < Duration::from_secs(2), "{what}: {:?}", times[0]);
        assert!(times[1] < Duration::from_secs(8), "{what}: {:?}", times[1]);
    }
}
