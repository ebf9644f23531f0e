//! Answers that a grammar holds to a shape, over a vocabulary of bytes.

use crate::common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Answer, EOS, Harness, fake_model, full_attention, read, spec};
use conduit_engine::{
    Encode, EngineOptions, FinishReason, Grammar, GrammarSpec, ModelSpec, Request, Sampling, SubmitError,
    TokenBytes, Vocabulary,
};
use conduit_testkit::fake_backend::FakeOptions;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

fn harness(max_model_concurrency: usize) -> Harness {
    let harness = Harness::new(16, FakeOptions::default(), EngineOptions::default());
    harness.add("full", fake_model(vec![full_attention()]), 1_024, max_model_concurrency);
    harness
}

fn request(grammar: GrammarSpec, seed: u64) -> Request {
    Request {
        prompt: vec![1, 2, 3],
        sampling: Sampling { temperature: 1.5, ..Sampling::default() },
        seed: Some(seed),
        grammar: Some(Arc::new(grammar)),
        ..Request::default()
    }
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.tokens.iter().map(|&token| token as u8).collect()).unwrap()
}

fn person() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "maxLength": 8 },
            "age": { "type": "integer", "minimum": 0, "maximum": 150 },
            "tags": { "type": "array", "items": { "enum": ["a", "b"] }, "maxItems": 3 },
        },
        "required": ["name", "age", "tags"],
        "additionalProperties": false,
    })
}

#[test]
fn every_answer_is_complete_compact_and_valid_whatever_shares_the_batch() {
    let harness = harness(8);
    let answers: Vec<_> = (0..40)
        .map(|seed| harness.engine.submit("full", request(GrammarSpec::JsonSchema(person()), seed)).unwrap())
        .collect();
    let mut texts = Vec::new();
    for answer in answers {
        let answer = read(answer);
        assert_eq!(answer.end.as_ref().unwrap().0, FinishReason::Stop);
        let text = text(&answer);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(value["name"].as_str().unwrap().chars().count() <= 8, "{text}");
        assert!((0..=150).contains(&value["age"].as_i64().unwrap()), "{text}");
        assert!(value["tags"].as_array().unwrap().iter().all(|tag| tag == "a" || tag == "b"), "{text}");
        assert!(text.starts_with("{\"name\":\"") && text.contains(",\"age\":"), "not compact: {text}");
        texts.push(text);
    }
    let alone = read(harness.engine.submit("full", request(GrammarSpec::JsonSchema(person()), 7)).unwrap());
    assert_eq!(text(&alone), texts[7]);
    harness.close();
}

#[test]
fn a_limit_inside_an_answer_is_a_length_and_a_complete_answer_at_the_limit_a_stop() {
    let harness = harness(1);
    let spec = GrammarSpec::JsonSchema(json!({ "const": "abc" }));
    let ends = [4, 5, 6].map(|max_tokens| {
        let request = Request { max_tokens: Some(max_tokens), ..request(spec.clone(), 1) };
        let answer = read(harness.engine.submit("full", request).unwrap());
        (text(&answer), answer.end.unwrap().0)
    });
    let complete = ("\"abc\"".to_owned(), FinishReason::Stop);
    assert_eq!(ends, [("\"abc".to_owned(), FinishReason::Length), complete.clone(), complete]);
    harness.close();
}

#[test]
fn only_whole_answers_are_accepted() {
    let vocabulary = common::byte_vocabulary(&[EOS]);
    let grammar =
        Grammar::compile(&GrammarSpec::JsonSchema(person()), &vocabulary, common::VOCAB_SIZE).unwrap();
    let accepts = |text: &str| grammar.accepts(&text.bytes().map(u32::from).collect::<Vec<_>>());
    let answer = r#"{"name":"Ada","age":36,"tags":["a"]}"#;
    // Twice, because asking leaves no trace.
    assert!(accepts(answer) && accepts(answer));
    assert!((0..answer.len()).all(|length| !accepts(&answer[..length])));
    for wrong in [
        r#"{"name":"Ada","age":36,"tags":["c"]}"#,
        r#"{"name":"Ada","age":151,"tags":[]}"#,
        r#"{"name":"Ada","tags":[],"age":36}"#,
        r#"{"name":"Ada","age":36,"tags":["a"]}}"#,
        r#"{"name":"Ada", "age":36,"tags":["a"]}"#,
    ] {
        assert!(!accepts(wrong), "{wrong}");
    }
}

#[test]
fn any_json_object_is_an_object() {
    let harness = harness(4);
    let answers: Vec<_> = (0..12)
        .map(|seed| harness.engine.submit("full", request(GrammarSpec::JsonObject, seed)).unwrap())
        .collect();
    for answer in answers {
        let answer = read(answer);
        let reason = answer.end.as_ref().unwrap().0;
        let text = text(&answer);
        assert!(text.starts_with('{'), "{text}");
        // Any JSON number, also those that no float holds.
        let complete = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        assert_eq!(complete, reason == FinishReason::Stop, "{text}");
    }
    harness.close();
}

#[test]
fn schemas_that_cannot_be_enforced_are_refused_by_keyword() {
    let harness = harness(1);
    for (schema, named) in [
        (json!({ "type": "array", "uniqueItems": true }), "uniqueItems"),
        (json!({ "type": "object", "if": {}, "then": {} }), "if"),
        (json!({ "not": { "type": "string" } }), "not"),
        (json!({ "type": "string", "format": "zip-code" }), "zip-code"),
        (json!({ "type": "string", "pattern": "(?=a)b" }), "look"),
        (json!({ "type": "text" }), "text"),
        (json!({ "$ref": "#/$defs/missing" }), "missing"),
        (json!({ "$ref": "https://example.com/schema.json" }), "example.com"),
        (json!({ "x-guidance": { "lenient": true }, "type": "array", "uniqueItems": true }), "x-guidance"),
        (json!([1, 2]), "an array"),
        (json!(false), "a boolean"),
    ] {
        let error =
            harness.engine.submit("full", request(GrammarSpec::JsonSchema(schema.clone()), 1)).unwrap_err();
        assert_eq!(error.code(), "unsupported_schema");
        assert!(error.to_string().contains(named), "{schema} gives: {error}");
    }
    assert_eq!(harness.engine.failure(), None);
    harness.close();
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }))
}

#[test]
fn hostile_schemas_are_refused_in_bounded_time() {
    let harness = harness(1);
    let any_of = |key: &str, count: usize| {
        let options =
            |index| json!({ "properties": { key: { "pattern": format!("^{index}.*x{{1,50}}$") } } });
        json!({ "anyOf": (0..count).map(options).collect::<Vec<_>>() })
    };
    let product: Vec<_> = (0..12).map(|index| any_of(&format!("k{index}"), 10)).collect();
    let doubling: serde_json::Map<_, _> = (0..40)
        .map(|index| {
            let next = json!({ "$ref": format!("#/$defs/d{}", index + 1) });
            (
                format!("d{index}"),
                json!({ "type": "array", "prefixItems": [next, next], "items": false, "minItems": 2 }),
            )
        })
        .chain([("d40".to_owned(), json!({ "type": "string" }))])
        .collect();
    for (name, schema) in [
        ("deep", nested(2_000)),
        (
            "huge enum",
            json!({ "enum": (0..200_000).map(|index| format!("value {index}")).collect::<Vec<_>>() }),
        ),
        ("product of unions", json!({ "type": "object", "allOf": product })),
        ("counted repetition", json!({ "type": "string", "pattern": "^((a{1,500}){1,500}){1,500}$" })),
        ("long strings", json!({ "type": "array", "items": { "type": "string", "minLength": 100_000_000 } })),
        ("many items", json!({ "type": "array", "items": { "type": "integer" }, "minItems": 100_000_000 })),
        ("references", json!({ "$ref": "#/$defs/d0", "$defs": doubling })),
        ("itself", json!({ "$ref": "#" })),
        (
            "circle",
            json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        ),
        (
            "empty behind a choice",
            json!({ "anyOf": [
                { "type": "integer" },
                { "type": "string", "pattern": "^(.*a.{20})$", "maxLength": 15 },
            ] }),
        ),
        ("deep enough", nested(46)),
        ("multiples", json!({ "type": "integer", "multipleOf": 123_456_789 })),
        (
            "regex alternatives",
            json!({ "type": "string", "pattern": "^(a|aa|aaa|b)*(a?){60}a{60}(.*a.{20})$" }),
        ),
    ] {
        let start = Instant::now();
        let answer = harness
            .engine
            .submit("full", Request { max_tokens: Some(4), ..request(GrammarSpec::JsonSchema(schema), 1) });
        let outcome = match answer {
            Ok(generation) => format!("{:?}", read(generation).end),
            Err(SubmitError::UnsupportedSchema { reason }) => format!("refused: {reason}"),
            Err(error) => panic!("{name}: {error}"),
        };
        println!("{name}: {:?} {}", start.elapsed(), outcome.chars().take(140).collect::<String>());
        assert!(start.elapsed() < Duration::from_secs(5), "{name} took {:?}", start.elapsed());
    }
    assert_eq!(harness.engine.failure(), None);
    harness.close();
}

#[test]
fn a_schema_that_forces_too_long_a_text_is_refused_before_anything_is_computed() {
    let harness = Harness::new(16, FakeOptions::default(), EngineOptions::default());
    let tokens = (0..=255).map(|byte| TokenBytes::Text(vec![byte])).collect();
    // Only a tokenizer that can encode lets text be forced.
    let encode: Encode = Arc::new(|text| text.bytes().map(u32::from).collect());
    let vocabulary = Arc::new(Vocabulary::new(tokens, &[EOS], Some(encode)).unwrap());
    let spec = spec("full", fake_model(vec![full_attention()]), 1_024, 1);
    harness.engine.add_model(ModelSpec { vocabulary, ..spec }).unwrap();
    let submit = |count: usize| {
        let items = json!({ "type": "array", "items": { "const": 1 }, "minItems": count, "maxItems": count });
        let schema = json!({ "type": "object", "properties": { "ones": items }, "required": ["ones"], "additionalProperties": false });
        harness.engine.submit("full", request(GrammarSpec::JsonSchema(schema), 1))
    };
    let answer = read(submit(400).unwrap());
    assert_eq!(text(&answer), format!("{{\"ones\":[{}]}}", vec!["1"; 400].join(",")));
    let error = submit(100_000).unwrap_err();
    assert_eq!(error.code(), "unsupported_schema");
    assert!(error.to_string().contains("fewer items"), "{error}");
    harness.close();
}

#[test]
fn as_max_tokens_nears_the_answer_is_led_to_its_shortest_end() {
    let harness = harness(8);
    let items =
        json!({ "type": "object", "properties": { "text": { "type": "string" } }, "required": ["text"] });
    let schema = json!({ "type": "object", "properties": { "items": { "type": "array", "items": items } }, "required": ["items"], "additionalProperties": false });
    let limited =
        |seed| Request { max_tokens: Some(120), ..request(GrammarSpec::JsonSchema(schema.clone()), seed) };
    let running: Vec<_> = (0..24).map(|seed| harness.engine.submit("full", limited(seed)).unwrap()).collect();
    let answers: Vec<_> = running.into_iter().map(read).collect();
    let complete =
        answers.iter().filter(|answer| serde_json::from_str::<Value>(&text(answer)).is_ok()).count();
    assert!(complete >= 22, "{complete} of 24 are complete");
    assert!(answers.iter().filter(|answer| answer.tokens.len() > 100).count() > 12, "too early");
    // Where no end is in reach the limit is a limit.
    let short = Request { max_tokens: Some(5), ..limited(1) };
    assert_eq!(read(harness.engine.submit("full", short).unwrap()).end.unwrap().0, FinishReason::Length);
    harness.close();
}
