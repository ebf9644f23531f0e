//! `/v1/responses`, against a real server with a tiny model.

use crate::common;

use common::{Start, content};
use serde_json::{Value, json};

const PATH: &str = "/v1/responses";

fn request(fields: Value) -> Value {
    let mut request =
        json!({ "model": "tiny", "input": "Say something.", "seed": 3, "max_output_tokens": 12 });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

fn color() -> Value {
    json!({
        "type": "object", "properties": { "color": { "enum": ["red", "green"] } }, "required": ["color"],
        "additionalProperties": false,
    })
}

#[test]
fn a_response_has_what_a_chat_has() {
    let server = Start::new().tiny().start();
    let (status, response) = server.post(PATH, &request(json!({ "instructions": "Be brief." })));
    assert_eq!(status, 200, "{response}");
    let messages = json!([
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": "Say something." },
    ]);
    let chat = server.chat(json!({ "messages": messages, "seed": 3, "max_tokens": 12 })).1;
    let item = &response["output"][0];
    assert_eq!((&item["type"], &item["role"]), (&json!("message"), &json!("assistant")));
    assert_eq!(
        (&item["content"][0]["type"], item["content"][0]["text"].as_str()),
        (&json!("output_text"), Some(content(&chat)))
    );
    assert_eq!(response["usage"]["input_tokens"], chat["usage"]["prompt_tokens"]);
    assert_eq!(response["usage"]["output_tokens"], chat["usage"]["completion_tokens"]);
    let cut = chat["choices"][0]["finish_reason"] == "length";
    assert_eq!(response["status"], if cut { "incomplete" } else { "completed" });
    assert_eq!(
        response["incomplete_details"],
        if cut { json!({ "reason": "max_output_tokens" }) } else { Value::Null }
    );
    assert_eq!((&response["object"], &response["store"]), (&json!("response"), &json!(false)));
}

#[test]
fn events_tell_the_response_step_by_step() {
    let server = Start::new().tiny().start();
    let format = json!({ "format": { "type": "json_schema", "name": "n", "schema": color() } });
    let fields = json!({ "text": format, "max_output_tokens": 200 });
    let whole = server.post(PATH, &request(fields.clone())).1;
    let mut streamed = request(fields);
    streamed["stream"] = json!(true);
    let answer = server.send("POST", PATH, &[], &streamed.to_string());
    let events: Vec<(String, Value)> = answer
        .body()
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("event: ")?.split_once("\ndata: "))
        .map(|(name, data)| (name.to_owned(), serde_json::from_str(data).unwrap()))
        .collect();
    for (index, (name, event)) in events.iter().enumerate() {
        assert_eq!((&event["type"], &event["sequence_number"]), (&json!(name), &json!(index)));
    }
    let mut names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let text: String = events.iter().filter_map(|(_, event)| event["delta"].as_str()).collect();
    assert_eq!(whole["output"][0]["content"][0]["text"], text);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(["red", "green"].contains(&value["color"].as_str().unwrap()));
    let last = &events.last().unwrap().1["response"];
    assert_eq!(last["output"][0]["content"], whole["output"][0]["content"]);
    assert_eq!(last["status"], "completed");
    // The prompt's one full block of 16 tokens was computed for the answer before.
    let mut usage = whole["usage"].clone();
    assert_eq!(usage["input_tokens_details"]["cached_tokens"], 0);
    usage["input_tokens_details"]["cached_tokens"] = json!(16);
    assert_eq!(last["usage"], usage);
}

#[test]
fn what_a_response_cannot_have_is_refused_in_its_own_words() {
    let server = Start::new().tiny().start();
    for (fields, code, param) in [
        (json!({ "previous_response_id": "resp_1" }), "unsupported_parameter", "previous_response_id"),
        (json!({ "background": true }), "unsupported_parameter", "background"),
        (json!({ "truncation": "auto" }), "unsupported_parameter", "truncation"),
        (json!({ "input": null }), "missing_required_parameter", "input"),
        (json!({ "input": [] }), "invalid_value", "input"),
        (json!({ "input": [{ "role": "robot", "content": "a" }] }), "invalid_value", "input[0].role"),
        (json!({ "input": "word ".repeat(3_000) }), "context_length_exceeded", "input"),
        (json!({ "max_output_tokens": 0 }), "invalid_value", "max_output_tokens"),
        (json!({ "text": { "format": { "type": "xml" } } }), "invalid_value", "text.format"),
        (json!({ "tools": [{ "type": "web_search" }] }), "unsupported_parameter", "tools[0].type"),
        (json!({ "tools": [{ "type": "function" }] }), "invalid_value", "tools[0].name"),
        (json!({ "instructions": 5 }), "invalid_type", "instructions"),
    ] {
        let (status, body) = server.post(PATH, &request(fields.clone()));
        let error = &body["error"];
        assert_eq!(
            (status, &error["code"], &error["param"]),
            (400, &json!(code), &json!(param)),
            "{fields} {body}"
        );
    }
    // What changes nothing is ignored.
    let fields = json!({ "store": true, "metadata": { "a": "b" }, "truncation": "disabled", "include": [], "unknown": 1 });
    assert_eq!(server.post(PATH, &request(fields)).0, 200);
}
