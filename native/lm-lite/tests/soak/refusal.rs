//! Requests that are refused, and what a refusal has to look like.

use conduit_testkit::random::Random;
use serde_json::{Value, json};

use crate::ask::words;
use crate::client::{Outgoing, Reply};
use crate::models::{MAX_MODEL_LEN, NAMES};

/// A request and the status and code that refuse it.
#[derive(Clone, Debug)]
pub struct Refused {
    pub request: Outgoing,
    pub status: u16,
    pub code: &'static str,
}

const CHAT: &str = "/v1/chat/completions";

fn chat(random: &mut Random, fields: Value) -> Value {
    let mut request = json!({
        "model": random.pick(&NAMES), "max_tokens": 4, "messages": [{ "role": "user", "content": words(random, 9) }],
    });
    let (request_fields, fields) = (request.as_object_mut(), fields.as_object());
    request_fields.into_iter().for_each(|all| all.extend(fields.cloned().unwrap_or_default()));
    request
}

fn of_chat(random: &mut Random, fields: Value, status: u16, code: &'static str) -> Refused {
    let body = chat(random, fields).to_string();
    Refused { request: Outgoing::post(CHAT, body), status, code }
}

/// A request that makes no sense.
pub fn malformed(random: &mut Random) -> Refused {
    let schema = |schema: Value| json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "n", "schema": schema } } });
    let post = |body: &[u8], status, code| Refused { request: Outgoing::post(CHAT, body), status, code };
    match random.below(16) {
        0 => post(br#"{"model": "amber", "messages": ["#, 400, "invalid_json"),
        1 => post(b"[1, 2]", 400, "invalid_json"),
        2 => post(b"{\"model\": \"\xff\"}", 400, "invalid_json"),
        3 => of_chat(random, json!({ "messages": "hello" }), 400, "invalid_type"),
        4 => of_chat(random, json!({ "model": "dogwood" }), 404, "model_not_found"),
        5 => of_chat(random, json!({ "temperature": -1 }), 400, "invalid_value"),
        6 => of_chat(
            random,
            json!({ "messages": [{ "role": "robot", "content": "a" }] }),
            400,
            "invalid_value",
        ),
        7 => of_chat(random, schema(json!(7)), 400, "unsupported_schema"),
        8 => {
            let deep = (0..120).fold(json!({}), |inner, _| json!({ "items": inner }));
            of_chat(random, schema(deep), 400, "unsupported_schema")
        }
        9 => of_chat(random, json!({ "structured_outputs": { "regex": "(" } }), 400, "unsupported_schema"),
        10 => {
            let grammar = json!({ "structured_outputs": { "grammar": "start: other" } });
            of_chat(random, grammar, 400, "unsupported_schema")
        }
        11 => {
            let body = json!({ "model": random.pick(&NAMES), "tokens": [999_999] }).to_string();
            Refused { request: Outgoing::post("/detokenize", body), status: 400, code: "invalid_token" }
        }
        12 => changed(random, |request| request.content_type = "text/plain", 415, "unsupported_media_type"),
        13 => changed(random, |request| request.key = "another-key", 401, "invalid_api_key"),
        14 => changed(random, |request| request.method = "PUT", 405, "method_not_allowed"),
        // Read to its last byte, so that nothing of it stands in the way of the answer.
        _ => changed(random, |request| request.body = vec![b' '; (16 << 20) + 1], 413, "body_too_large"),
    }
}

fn changed(
    random: &mut Random,
    change: impl FnOnce(&mut Outgoing),
    status: u16,
    code: &'static str,
) -> Refused {
    let mut refused = of_chat(random, json!({}), status, code);
    change(&mut refused.request);
    refused
}

/// A request that asks for more than it may.
pub fn over_limits(random: &mut Random) -> Refused {
    let model = *random.pick(&NAMES);
    let completion = |prompt: Value, code| {
        let body = json!({ "model": model, "prompt": prompt, "max_tokens": 4 }).to_string();
        Refused { request: Outgoing::post("/v1/completions", body), status: 400, code }
    };
    let function = |index: usize| json!({ "type": "function", "function": { "name": format!("f{index}") } });
    match random.below(8) {
        0 => completion(json!(vec![7; MAX_MODEL_LEN]), "context_length_exceeded"),
        1 => completion(json!(vec!["a"; 1_025]), "invalid_value"),
        2 => {
            let long = json!([{ "role": "user", "content": "word ".repeat(2_000) }]);
            of_chat(random, json!({ "messages": long }), 400, "context_length_exceeded")
        }
        3 => of_chat(random, json!({ "stop": vec!["a"; 17] }), 400, "invalid_value"),
        4 => of_chat(random, json!({ "stop_token_ids": vec![1; 257] }), 400, "invalid_type"),
        5 => {
            let tools: Vec<_> = (0..129).map(function).collect();
            of_chat(random, json!({ "tools": tools }), 400, "invalid_value")
        }
        6 => {
            let choices = json!({ "structured_outputs": { "choice": vec!["a"; 10_001] } });
            of_chat(random, choices, 400, "invalid_type")
        }
        _ => {
            let schema = json!({ "enum": ["x".repeat(300 << 10)] });
            let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
            of_chat(random, json!({ "response_format": format }), 400, "unsupported_schema")
        }
    }
}

/// As many requests at once as may wait for one model, each of which takes a while.
pub fn flood(random: &mut Random) -> Outgoing {
    let prompts: Vec<_> = (0..1_024).map(|_| vec![random.below(256)]).collect();
    let body = json!({ "model": random.pick(&NAMES), "prompt": prompts, "max_tokens": 64, "temperature": 0, "stream": true });
    Outgoing::post("/v1/completions", body.to_string())
}

/// Checks that a refusal is an error object of this status and code, and says when to come again where that helps.
///
/// # Errors
/// What is wrong with it.
pub fn check(reply: Reply, status: u16, code: &str) -> Result<(), String> {
    let retry_after = reply.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
    let (found_status, body) = (reply.status, reply.text().map_err(|error| error.to_string())?);
    let error = serde_json::from_str::<Value>(&body).unwrap_or_default()["error"].clone();
    let is_told = !error["message"].as_str().unwrap_or_default().is_empty() && error["type"].is_string();
    let may_retry = [429, 503].contains(&status);
    if found_status != status || error["code"] != code || !is_told || may_retry != retry_after.is_some() {
        return Err(format!(
            "expected status {status} and code {code}, got {found_status}, Retry-After {retry_after:?}: {body}"
        ));
    }
    Ok(())
}
