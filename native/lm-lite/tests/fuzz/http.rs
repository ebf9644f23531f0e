//! Bodies of every route, sent to a real server: what stands behind its routes may neither end it nor show as status 500, which
//! is what becomes of a panic there.

use conduit_testkit::random::Random;
use serde_json::{Value, json};

use crate::common::{KEY, Server, Start, tiny_model};
use crate::mutate;
use crate::run::{MOST_MORE_MEMORY_KIB, Verdict, fuzz, most_memory_kib};

const CHAT: &str = "/v1/chat/completions";

/// A valid request for each thing that a route can do.
fn seeds() -> Vec<(&'static str, Value)> {
    let chat = |fields: Value| {
        let mut chat = json!({
            "model": "tiny", "max_tokens": 3, "temperature": 0.5, "top_k": 5, "top_p": 0.9, "min_p": 0.1, "seed": 7,
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": [{ "type": "text", "text": "Hello" }] },
            ],
        });
        let fields = fields.as_object().cloned().unwrap_or_default();
        chat.as_object_mut().into_iter().for_each(|all| all.extend(fields.clone()));
        chat
    };
    let schema = json!({ "type": "object", "properties": { "a": { "enum": [1, 2] } }, "required": ["a"], "additionalProperties": false });
    let tool =
        json!({ "type": "function", "function": { "name": "f", "description": "d", "parameters": schema } });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    let call =
        json!({ "id": "c", "type": "function", "function": { "name": "f", "arguments": "{\"a\": 1}" } });
    vec![
        (CHAT, chat(json!({}))),
        (
            CHAT,
            chat(json!({ "stream": true, "stream_options": { "include_usage": true }, "stop": ["a", "b"] })),
        ),
        (CHAT, chat(json!({ "response_format": format }))),
        (CHAT, chat(json!({ "structured_outputs": { "regex": "[a-c]{2}" }, "stop_token_ids": [1] }))),
        (CHAT, chat(json!({ "tools": [tool], "tool_choice": "required", "parallel_tool_calls": false }))),
        (
            CHAT,
            chat(json!({ "messages": [
            { "role": "user", "content": "a" }, { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "c", "content": "7" },
        ], "chat_template_kwargs": { "enable_thinking": false } })),
        ),
        (CHAT, chat(json!({ "continue_final_message": true, "add_generation_prompt": false }))),
        ("/v1/completions", json!({ "model": "tiny", "prompt": "Hello <|im_end|>", "max_tokens": 3 })),
        (
            "/v1/completions",
            json!({ "model": "tiny", "prompt": [[1, 2, 3], "two"], "max_tokens": 2, "stream": true }),
        ),
        (
            "/v1/responses",
            json!({
                "model": "tiny", "input": "Hello", "instructions": "Be brief.", "max_output_tokens": 3, "stream": true,
                "text": { "format": { "type": "json_schema", "name": "n", "schema": schema } }, "reasoning": { "effort": "none" },
            }),
        ),
        (
            "/v1/responses",
            json!({ "model": "tiny", "max_output_tokens": 2, "input": [
            { "type": "message", "role": "user", "content": [{ "type": "input_text", "text": "a" }] },
            { "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "c", "output": "7" },
        ] }),
        ),
        (
            "/tokenize",
            json!({ "model": "tiny", "prompt": "Hello", "add_special_tokens": false, "return_token_strs": true }),
        ),
        (
            "/tokenize",
            json!({ "model": "tiny", "messages": [{ "role": "user", "content": "a" }], "tools": [tool] }),
        ),
        ("/detokenize", json!({ "model": "tiny", "tokens": [1, 2, 300] })),
    ]
}

fn try_body(server: &Server, path: &str, body: &[u8]) -> Verdict {
    let request = ureq::http::Request::post(server.url(path))
        .header("Authorization", format!("Bearer {KEY}"))
        .header("Content-Type", "application/json");
    let mut response = AGENT.with(|agent| agent.run(request.body(body.to_vec()).unwrap())).unwrap();
    let (status, text) = (response.status().as_u16(), response.body_mut().read_to_string().unwrap());
    if status == 200 {
        return Verdict::Taken;
    }
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status} with {text:?}"));
    assert!((400..500).contains(&status), "{status} with {answer}");
    let is_text = |name: &str| answer["error"][name].as_str().is_some_and(|text| !text.is_empty());
    assert!(is_text("message") && is_text("type") && is_text("code"), "{status} with {answer}");
    Verdict::Refused
}

thread_local! {
    static AGENT: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
}

#[test]
fn http_bodies() {
    let model = format!("{}=tiny", tiny_model().display());
    let arguments = ["--model", &model, "--max-model-len", "96", "--max-model-concurrency", "2"];
    let mut server = Start::new().args(&arguments).env("RUST_LOG", "off").start();
    let seeds = seeds();
    let memory_kib = || most_memory_kib(&server.pid().to_string());
    let memory_before_kib = memory_kib();
    // The first byte tells the route.
    let make = |random: &mut Random| {
        let route = random.below(seeds.len());
        let body = if random.chance(10) {
            mutate::bytes(
                seeds[route].1.to_string().as_bytes(),
                &["null", "\"\\ud800\"", "1e999", "[[[["],
                random,
            )
        } else {
            mutate::json(seeds[route].1.clone(), random).to_string().into_bytes()
        };
        [vec![route as u8], body].concat()
    };
    fuzz("http", 3_000, make, |input| try_body(&server, seeds[usize::from(input[0])].0, &input[1..]));
    let more_kib = memory_kib() - memory_before_kib;
    assert!(more_kib < MOST_MORE_MEMORY_KIB, "the server took {more_kib} KiB");
    assert!(server.is_running() && server.health()["ready"] == true, "{}", server.health());
}
