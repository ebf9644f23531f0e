//! Answers that a schema, or another grammar, shapes, from random weights at a high temperature.

use crate::common;

use common::{Start, content};
use serde_json::{Value, json};

/// Whether an answer has the shape of [`files`].
fn is_files(value: &Value) -> bool {
    let file = |file: &Value| {
        let kind = match file["kind"].as_str() {
            Some("file") => file["bytes"].as_u64().is_some_and(|bytes| bytes <= 1_000_000),
            Some("folder") => file["entries"]
                .as_array()
                .is_some_and(|entries| entries.len() <= 2 && entries.iter().all(Value::is_string)),
            _ => false,
        };
        kind && file["name"].as_str().is_some_and(|name| name.chars().count() <= 6)
    };
    value["files"].as_array().is_some_and(|files| files.len() <= 3 && files.iter().all(file))
        && value
            .as_object()
            .is_some_and(|object| object.keys().all(|key| ["files", "note"].contains(&key.as_str())))
        && (value["note"].is_null() || value["note"] == "short" || value["note"] == "long")
}

fn files() -> Value {
    let name = json!({ "type": "string", "maxLength": 6 });
    let file = json!({
        "type": "object", "additionalProperties": false, "required": ["kind", "name", "bytes"],
        "properties": { "kind": { "const": "file" }, "name": name, "bytes": { "type": "integer", "minimum": 0, "maximum": 1_000_000 } },
    });
    let folder = json!({
        "type": "object", "additionalProperties": false, "required": ["kind", "name", "entries"],
        "properties": { "kind": { "const": "folder" }, "name": name, "entries": { "type": "array", "items": name, "maxItems": 2 } },
    });
    json!({
        "type": "object", "additionalProperties": false, "required": ["files"],
        "properties": {
            "files": { "type": "array", "maxItems": 3, "items": { "anyOf": [file, folder] } },
            "note": { "enum": ["short", "long"] },
        },
    })
}

#[test]
fn every_answer_is_valid_at_every_seed() {
    let server = Start::new().tiny().start();
    let format = json!({ "type": "json_schema", "json_schema": { "name": "files", "schema": files(), "strict": true } });
    let ask = |seed: usize| {
        let messages = json!([{ "role": "user", "content": format!("List {seed}.") }]);
        server
            .chat(
                json!({ "messages": messages, "seed": seed, "temperature": 1.5, "response_format": format }),
            )
            .1
    };
    // Four at a time, as many as the model takes.
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..4)
            .map(|part| scope.spawn(move || (0..15).map(|index| ask(part * 15 + index)).collect::<Vec<_>>()))
            .collect();
        asking.into_iter().flat_map(|asking| asking.join().unwrap()).collect()
    });
    assert_eq!(answers.len(), 60);
    for answer in &answers {
        assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{answer}");
        let value: Value = serde_json::from_str(content(answer)).unwrap_or_else(|_| panic!("{answer}"));
        assert!(is_files(&value), "{value}");
        assert!(content(answer).starts_with("{\"files\":["), "{}", content(answer));
    }
    let some = |test: fn(&Value) -> bool| {
        answers.iter().any(|answer| test(&serde_json::from_str(content(answer)).unwrap()))
    };
    assert!(
        some(|value| !value["note"].is_null()) && some(|value| value["note"].is_null()),
        "options are taken and left"
    );
    assert!(
        some(|value| value["files"][0]["kind"] == "folder")
            && some(|value| value["files"][0]["kind"] == "file")
    );
    assert_eq!(content(&ask(7)), content(&answers[7]), "the same alone and in a batch");
}

#[test]
fn a_json_object_can_be_asked_for_without_a_schema() {
    let server = Start::new().tiny().start();
    for seed in 0..6 {
        let answer = server.chat(json!({ "seed": seed, "response_format": { "type": "json_object" } })).1;
        assert!(content(&answer).starts_with('{'), "{answer}");
        if answer["choices"][0]["finish_reason"] == "stop" {
            serde_json::from_str::<serde::de::IgnoredAny>(content(&answer)).unwrap();
        }
    }
}

#[test]
fn structured_outputs_hold_an_answer_to_more_than_json() {
    let server = Start::new().tiny().start();
    let ask = |outputs: Value| server.chat(json!({ "structured_outputs": outputs, "temperature": 50.0 })).1;
    let regex = ask(json!({ "regex": "[a-c]{2}-[0-9]{3}" }));
    let text = content(&regex).as_bytes();
    assert!(text.len() == 6 && text[2] == b'-' && text[3..].iter().all(u8::is_ascii_digit), "{regex}");
    assert!(["yes", "no"].contains(&content(&ask(json!({ "choice": ["yes", "no"] })))));
    assert_eq!(content(&ask(json!({ "grammar": "start: \"a\" b\nb: \"(\" \"c\" \")\"" }))), "a(c)");
    assert_eq!(content(&ask(json!({ "json": { "const": [1, 2] } }))), "[1,2]");
    let (status, body) = server.chat(json!({ "structured_outputs": { "grammar": "start: other" } }));
    assert_eq!((status, &body["error"]["param"]), (400, &json!("structured_outputs")), "{body}");
    let completion = json!({ "model": "tiny", "prompt": "a", "structured_outputs": { "choice": ["b"] } });
    assert_eq!(server.post("/v1/completions", &completion).1["choices"][0]["text"], "b");
}
