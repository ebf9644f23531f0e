//! Calls of functions, in the formats of several models' templates, from random weights at a temperature that makes
//! nearly all tokens alike.

mod common;

use common::{Server, Start, chat_request, edit_json};
use conduit_testkit::model::{Family, Thinking, TinyModel};
use serde_json::{Value, json};
use tempfile::TempDir;

const HERMES: &str = include_str!("../../goldens/templates/qwen2.5/template.jinja");
const LLAMA: &str = include_str!("../../goldens/templates/llama3/template.jinja");
const MISTRAL: &str = include_str!("../../goldens/templates/mistral/template.jinja");

const TEMPERATURE: f32 = 50.0;

/// A server with a model of this template, called `tiny`, whose vocabulary has these special tokens too.
fn start(template: &str, special: &[&str], thinking: Thinking) -> (Server, TempDir) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("model");
    TinyModel { thinking, ..TinyModel::small(Family::Qwen3) }.write(&folder).unwrap();
    edit_json(&folder.join("tokenizer_config.json"), |config| {
        config["chat_template"] = template.into();
        // Llama's and Mistral's templates begin with it.
        config["bos_token"] = "<|endoftext|>".into();
    });
    edit_json(&folder.join("tokenizer.json"), |tokenizer| {
        let added = tokenizer["added_tokens"].as_array_mut().unwrap();
        let first = added.last().unwrap()["id"].as_u64().unwrap() + 1;
        for (id, text) in (first..).zip(special) {
            let mut token = added[0].clone();
            (token["id"], token["content"]) = (id.into(), (*text).into());
            added.push(token);
        }
    });
    let model = format!("{}=tiny", folder.display());
    let arguments = ["--model", &model, "--max-model-len", "6000", "--max-model-concurrency", "4"];
    (Start::new().args(&arguments).start(), root)
}

fn hermes() -> (Server, TempDir) {
    start(HERMES, &[], Thinking::Never)
}

fn mistral() -> (Server, TempDir) {
    start(MISTRAL, &["[TOOL_CALLS]", "[INST]", "[/INST]"], Thinking::Never)
}

fn function(name: &str, parameters: &Value) -> Value {
    json!({ "type": "function", "function": { "name": name, "description": "Of use.", "parameters": parameters } })
}

fn tools() -> Value {
    let weather = json!({
        "type": "object",
        "properties": {
            "city": { "type": "string", "maxLength": 5 },
            "days": { "type": "array", "items": { "type": "integer", "minimum": 0, "maximum": 99 }, "maxItems": 3 },
        },
        "required": ["city", "days"],
        "additionalProperties": false,
    });
    let paint = json!({ "type": "object", "properties": { "color": { "enum": ["red", "}\"{"] } }, "required": ["color"], "additionalProperties": false });
    json!([function("get_weather", &weather), function("paint", &paint), { "type": "function", "function": { "name": "stop" } }])
}

fn request(seed: usize, fields: Value) -> Value {
    let mut request = chat_request(json!({
        "seed": seed, "temperature": TEMPERATURE, "top_k": -1, "top_p": 1, "tools": tools(), "tool_choice": "required",
    }));
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

fn chat(server: &Server, request: &Value) -> Value {
    let (status, answer) = server.post("/v1/chat/completions", request);
    assert_eq!(status, 200, "{answer}");
    answer["choices"][0].clone()
}

fn calls(choice: &Value) -> &[Value] {
    choice["message"]["tool_calls"].as_array().map_or(&[], Vec::as_slice)
}

/// Checks a call's form, and its arguments against what [`tools`] says; gives the function's name.
fn check_call(call: &Value) -> &str {
    assert_eq!(call["type"], "function", "{call}");
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
    let fields: Vec<_> = arguments.as_object().unwrap().keys().map(String::as_str).collect();
    let name = call["function"]["name"].as_str().unwrap();
    match name {
        "get_weather" => {
            assert_eq!(fields, ["city", "days"]);
            assert!(arguments["city"].as_str().unwrap().chars().count() <= 5);
            let days = arguments["days"].as_array().unwrap();
            assert!(days.len() <= 3 && days.iter().all(|day| day.as_u64().unwrap() <= 99));
        }
        "paint" => assert!(arguments == json!({ "color": "red" }) || arguments == json!({ "color": "}\"{" })),
        "stop" => assert!(fields.is_empty()),
        other => panic!("{other} is no function of these"),
    }
    name
}

#[test]
fn a_required_call_fits_its_schema_in_the_format_of_each_template() {
    for (template, special, id_length) in [
        (HERMES, &[][..], 29),
        (LLAMA, &["<|python_tag|>"], 29),
        (MISTRAL, &["[TOOL_CALLS]", "[INST]", "[/INST]"], 9),
    ] {
        let (server, _folder) = start(template, special, Thinking::Never);
        let mut names = std::collections::BTreeSet::new();
        let mut most = 0;
        for seed in 0..12 {
            let choice = chat(&server, &request(seed, json!({})));
            assert_eq!(choice["finish_reason"], "tool_calls", "{choice}");
            assert_eq!(choice["message"]["content"], Value::Null, "{choice}");
            most = most.max(calls(&choice).len());
            for call in calls(&choice) {
                names.insert(check_call(call).to_owned());
                assert_eq!(call["id"].as_str().unwrap().len(), id_length, "{call}");
            }
            let one = chat(&server, &request(seed, json!({ "parallel_tool_calls": false })));
            assert_eq!((calls(&one).len(), &one["finish_reason"]), (1, &json!("tool_calls")), "{one}");
        }
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(most > 1 || template == LLAMA, "several calls in one answer");
    }
}

#[test]
fn a_function_that_is_named_is_the_one_that_is_called() {
    let (server, _folder) = hermes();
    let choice = json!({ "type": "function", "function": { "name": "paint" } });
    for seed in 0..4 {
        let choice = chat(&server, &request(seed, json!({ "tool_choice": choice })));
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(calls(&choice).iter().map(check_call).collect::<Vec<_>>(), ["paint"]);
    }
}

#[test]
fn with_auto_text_is_text_and_what_follows_the_marker_is_a_call() {
    let (server, _folder) = mistral();
    let answers: Vec<_> = (0..24)
        .map(|seed| chat(&server, &request(seed, json!({ "tool_choice": "auto", "max_tokens": 3_000 }))))
        .collect();
    let called: Vec<_> = answers.iter().filter(|choice| !calls(choice).is_empty()).collect();
    assert!((1..24).contains(&called.len()), "{} of 24 call", called.len());
    for choice in &answers {
        for call in calls(choice) {
            check_call(call);
        }
        let expected = if calls(choice).is_empty() { "stop" } else { "tool_calls" };
        assert_eq!(choice["finish_reason"], expected, "{choice}");
        let text = choice["message"]["content"].as_str().unwrap_or_default();
        assert!(!text.contains("[TOOL_CALLS]") && !text.contains("get_weather"), "{text}");
    }
    assert!(called.iter().any(|choice| choice["message"]["content"].is_string()), "text before calls");
    let none = chat(&server, &request(0, json!({ "tool_choice": "none", "max_tokens": 5 })));
    assert!(none["message"].get("tool_calls").is_none() && none["message"]["content"].is_string());
}

#[test]
fn a_stream_gives_calls_as_deltas() {
    let (server, _folder) = mistral();
    for (seed, choice) in (0..6).map(|seed| (seed, "required")).chain((0..12).map(|seed| (seed, "auto"))) {
        let fields = json!({ "tool_choice": choice, "max_tokens": 2_000 });
        let whole = chat(&server, &request(seed, fields.clone()));
        let mut streamed = request(seed, fields);
        streamed["stream"] = json!(true);
        let mut events = server.stream("/v1/chat/completions", &streamed);
        assert_eq!(events.pop().as_deref(), Some("[DONE]"));
        let chunks: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        let (mut text, mut streamed) = (String::new(), Vec::<(Value, String, String)>::new());
        for chunk in &chunks {
            let delta = &chunk["choices"][0]["delta"];
            text.push_str(delta["content"].as_str().unwrap_or_default());
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let (function, index) = (&call["function"], call["index"].as_u64().unwrap() as usize);
                if let Some(name) = function["name"].as_str() {
                    assert_eq!((index, &call["type"]), (streamed.len(), &json!("function")));
                    streamed.push((call["id"].clone(), name.to_owned(), String::new()));
                }
                assert_eq!(index + 1, streamed.len());
                streamed[index].2.push_str(function["arguments"].as_str().unwrap());
            }
        }
        let last = &chunks.last().unwrap()["choices"][0];
        assert_eq!((&last["finish_reason"], &last["delta"]), (&whole["finish_reason"], &json!({})));
        assert_eq!(text, whole["message"]["content"].as_str().unwrap_or_default());
        let expected: Vec<_> = calls(&whole)
            .iter()
            .map(|call| (call["function"]["name"].clone(), call["function"]["arguments"].clone()))
            .collect();
        let found: Vec<_> =
            streamed.iter().map(|(_, name, arguments)| (json!(name), json!(arguments))).collect();
        assert_eq!(found, expected);
        assert!(streamed.iter().all(|(id, ..)| id.as_str().is_some_and(|id| id.len() == 9)));
    }
}

#[test]
fn a_limit_inside_a_call_is_a_length() {
    let (server, _folder) = hermes();
    let whole = chat(&server, &request(3, json!({ "parallel_tool_calls": false })));
    let arguments = calls(&whole)[0]["function"]["arguments"].as_str().unwrap().to_owned();
    let mut lengths = Vec::new();
    for max_tokens in (1..80).step_by(3) {
        let fields = json!({ "parallel_tool_calls": false, "max_tokens": max_tokens });
        let cut = chat(&server, &request(3, fields));
        if cut["finish_reason"] == "tool_calls" {
            assert_eq!(calls(&cut)[0]["function"]["arguments"], arguments);
            break;
        }
        assert_eq!(cut["finish_reason"], "length", "{cut}");
        let begun = calls(&cut).first().map(|call| call["function"]["arguments"].as_str().unwrap());
        assert!(begun.is_none_or(|begun| arguments.starts_with(begun)), "{cut}");
        lengths.push(begun.map(str::len));
    }
    assert!(lengths.contains(&None) && lengths.iter().any(Option::is_some), "{lengths:?}");
}

#[test]
fn stop_strings_are_for_text_and_not_for_calls() {
    let (server, _folder) = hermes();
    let choice = chat(&server, &request(1, json!({ "stop": ["\"", "arguments", "\n"] })));
    assert_eq!(choice["finish_reason"], "tool_calls", "{choice}");
    assert!(!calls(&choice).is_empty());
}

#[test]
fn reasoning_comes_before_a_required_call() {
    let (server, _folder) = start(&format!("{HERMES}{{#- <think> #}}"), &[], Thinking::Optional);
    let mut reasons = 0;
    for seed in 0..20 {
        let choice = chat(&server, &request(seed, json!({ "parallel_tool_calls": false })));
        assert_eq!(choice["finish_reason"], "tool_calls", "{choice}");
        for call in calls(&choice) {
            check_call(call);
        }
        reasons += usize::from(choice["message"].get("reasoning_content").is_some());
    }
    assert!((1..20).contains(&reasons), "{reasons} of 20 reason");
}

#[test]
fn calls_and_their_results_go_back_into_the_template() {
    for (server, _folder) in [hermes(), mistral(), start(LLAMA, &[], Thinking::Never)] {
        let asked = json!({ "role": "user", "content": "Is it warm?" });
        let choice = chat(&server, &request(2, json!({ "messages": [asked], "parallel_tool_calls": false })));
        let called = choice["message"].clone();
        let result =
            json!({ "role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "12 degrees" });
        let messages = json!([asked, called, result]);
        let fields = json!({ "messages": messages, "tool_choice": "auto", "max_tokens": 3 });
        let (status, answer) = server.post("/v1/chat/completions", &request(2, fields.clone()));
        assert_eq!(status, 200, "{answer}");
        let mut shorter = request(2, fields);
        shorter["messages"].as_array_mut().unwrap().pop();
        let without = server.post("/v1/chat/completions", &shorter).1;
        let tokens = |answer: &Value| answer["usage"]["prompt_tokens"].as_u64().unwrap();
        assert!(tokens(&answer) > tokens(&without), "the result is in the prompt");
    }
}

#[test]
fn an_answer_that_calls_nothing_fits_the_response_format() {
    let (server, _folder) = mistral();
    let schema = json!({ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"], "additionalProperties": false });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    for seed in 0..12 {
        let fields = json!({ "tool_choice": "auto", "response_format": format });
        let choice = chat(&server, &request(seed, fields));
        match choice["message"]["content"].as_str() {
            Some(text) => assert!([r#"{"ok":true}"#, r#"{"ok":false}"#].contains(&text), "{choice}"),
            None => assert!(!calls(&choice).is_empty(), "{choice}"),
        }
    }
}

#[test]
fn tools_that_cannot_be_used_are_refused_by_name() {
    let (server, _folder) = hermes();
    let refused = |fields: Value| {
        let (status, body) = server.post("/v1/chat/completions", &request(0, fields));
        assert_eq!(status, 400, "{body}");
        let error = |name: &str| body["error"][name].as_str().unwrap_or_default().to_owned();
        (error("code"), error("param"), error("message"))
    };
    let unique = json!({ "type": "object", "properties": { "x": { "type": "array", "uniqueItems": true } } });
    let (code, param, message) = refused(json!({ "tools": [function("set", &unique)] }));
    assert_eq!((code.as_str(), param.as_str()), ("unsupported_schema", "tools"));
    assert!(message.contains("\"set\"") && message.contains("uniqueItems"), "{message}");

    let plain = json!({ "type": "object" });
    for (fields, param) in [
        (json!({ "tools": {} }), "tools"),
        (json!({ "tools": [function("a b", &plain)] }), "tools[0].function.name"),
        (json!({ "tools": [function("", &plain)] }), "tools[0].function.name"),
        (json!({ "tools": [function("a", &plain), function("a", &plain)] }), "tools"),
        (json!({ "tools": [function("a", &json!([]))] }), "tools[0].function.parameters"),
        (
            json!({ "tools": [function("a", &json!({ "type": "string" }))] }),
            "tools[0].function.parameters.type",
        ),
        (json!({ "tools": [{ "type": "web_search" }] }), "tools[0].type"),
        (json!({ "tool_choice": "sometimes" }), "tool_choice"),
        (json!({ "tool_choice": { "type": "function", "function": { "name": "other" } } }), "tool_choice"),
        (json!({ "tools": null }), "tool_choice"),
        (json!({ "structured_outputs": { "regex": "a" }, "tool_choice": "auto" }), "structured_outputs"),
    ] {
        assert_eq!(refused(fields.clone()).1, param, "{fields}");
    }
    let completion = json!({ "model": "tiny", "prompt": "a", "tools": tools() });
    assert_eq!(server.post("/v1/completions", &completion).1["error"]["param"], "tools");

    // A template that knows of no calls.
    let server = Start::new().tiny().start();
    let (status, body) = server.post("/v1/chat/completions", &request(0, json!({})));
    assert_eq!((status, &body["error"]["param"]), (400, &json!("tools")), "{body}");
}
