use conduit_testkit::model::{Family, Thinking, TinyModel};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Server, Start, chat_request, edit_json};

pub const HERMES: &str = include_str!("../../../goldens/templates/qwen2.5/template.jinja");
pub const LLAMA: &str = include_str!("../../../goldens/templates/llama3/template.jinja");
pub const MISTRAL: &str = include_str!("../../../goldens/templates/mistral/template.jinja");

const TEMPERATURE: f32 = 50.0;

/// A server with a model of this template, called `tiny`, whose vocabulary has these special tokens too.
pub fn start(template: &str, special: &[&str], thinking: Thinking) -> (Server, TempDir) {
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

pub fn hermes() -> (Server, TempDir) {
    start(HERMES, &[], Thinking::Never)
}

pub fn mistral() -> (Server, TempDir) {
    start(MISTRAL, &["[TOOL_CALLS]", "[INST]", "[/INST]"], Thinking::Never)
}

pub fn function(name: &str, parameters: &Value) -> Value {
    json!({ "type": "function", "function": { "name": name, "description": "Of use.", "parameters": parameters } })
}

pub fn tools() -> Value {
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

pub fn request(seed: usize, fields: Value) -> Value {
    let mut request = chat_request(json!({
        "seed": seed, "temperature": TEMPERATURE, "top_k": -1, "top_p": 1, "tools": tools(), "tool_choice": "required",
    }));
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

pub fn chat(server: &Server, request: &Value) -> Value {
    let (status, answer) = server.post("/v1/chat/completions", request);
    assert_eq!(status, 200, "{answer}");
    answer["choices"][0].clone()
}

pub fn calls(choice: &Value) -> &[Value] {
    choice["message"]["tool_calls"].as_array().map_or(&[], Vec::as_slice)
}

/// Checks a call's form, and its arguments against what [`tools`] says; gives the function's name.
pub fn check_call(call: &Value) -> &str {
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
