//! Models that reason before they answer, with random weights at a temperature that makes nearly all tokens alike.

use crate::common;

use std::path::Path;

use common::{Server, Start, chat_request, content};
use conduit_testkit::model::{Family, Thinking, TinyModel};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Any token follows any other, the end of the reasoning after some hundred.
const TEMPERATURE: f32 = 50.0;

/// A server with a model that thinks this way, called `tiny`.
fn start(thinking: Thinking) -> (Server, TempDir) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("model");
    TinyModel { thinking, ..TinyModel::small(Family::Qwen3) }.write(&folder).unwrap();
    (serve(&folder), root)
}

fn serve(folder: &Path) -> Server {
    let model = format!("{}=tiny", folder.display());
    Start::new().args(&["--model", &model, "--max-model-len", "8000", "--max-model-concurrency", "4"]).start()
}

/// A request for a small object, with further fields.
fn request(seed: usize, fields: Value) -> Value {
    let schema = json!({ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"], "additionalProperties": false });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    let mut request = chat_request(json!({
        "seed": seed, "temperature": TEMPERATURE, "top_k": -1, "top_p": 1, "response_format": format,
    }));
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

fn chat(server: &Server, request: &Value) -> Value {
    let (status, answer) = server.post("/v1/chat/completions", request);
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The answers to these requests, four at a time.
fn chat_all(server: &Server, requests: &[Value]) -> Vec<Value> {
    std::thread::scope(|scope| {
        let asking: Vec<_> = requests
            .chunks(requests.len().div_ceil(4))
            .map(|part| {
                scope.spawn(move || part.iter().map(|request| chat(server, request)).collect::<Vec<_>>())
            })
            .collect();
        asking.into_iter().flat_map(|asking| asking.join().unwrap()).collect()
    })
}

fn reasoning(answer: &Value) -> Option<&str> {
    answer["choices"][0]["message"].get("reasoning_content").map(|reasoning| reasoning.as_str().unwrap())
}

fn reasoning_tokens(answer: &Value) -> u64 {
    let usage = &answer["usage"];
    let tokens =
        usage["completion_tokens_details"]["reasoning_tokens"].as_u64().expect("reasoning is counted");
    assert!(tokens <= usage["completion_tokens"].as_u64().unwrap(), "{usage}");
    tokens
}

fn check_content(answer: &Value) {
    assert_eq!(answer["choices"][0]["finish_reason"], "stop", "{answer}");
    assert!([r#"{"ok":true}"#, r#"{"ok":false}"#].contains(&content(answer)), "{}", content(answer));
}

#[test]
fn what_the_template_begins_is_reasoning_and_the_rest_fits_the_schema() {
    let (server, _folder) = start(Thinking::Always);
    let requests: Vec<_> = (0..12).map(|seed| request(seed, json!({}))).collect();
    for answer in chat_all(&server, &requests) {
        check_content(&answer);
        assert!(
            reasoning_tokens(&answer) > 0 && !reasoning(&answer).unwrap_or_default().contains("</think>")
        );
    }
    // A stop string in the reasoning is none, and a limit within it leaves no content.
    let whole = chat(&server, &request(0, json!({})));
    let stop: String = reasoning(&whole).unwrap().chars().take(2).collect();
    assert_eq!(chat(&server, &request(0, json!({ "stop": stop })))["choices"], whole["choices"]);
    let cut = chat(&server, &request(0, json!({ "max_tokens": 3 })));
    assert_eq!((&cut["choices"][0]["finish_reason"], content(&cut)), (&json!("length"), ""));
    assert_eq!(reasoning_tokens(&cut), 3);
}

#[test]
fn a_model_that_chooses_reasons_in_some_answers_and_not_where_the_request_says_so() {
    let (server, _folder) = start(Thinking::Optional);
    let requests: Vec<_> = (0..40)
        .map(|seed| {
            let thinks = json!({ "chat_template_kwargs": { "enable_thinking": seed % 2 == 0 } });
            request(seed, thinks)
        })
        .collect();
    let answers = chat_all(&server, &requests);
    answers.iter().for_each(check_content);
    let thinking = answers.iter().step_by(2).filter(|answer| reasoning_tokens(answer) > 0).count();
    assert!((1..20).contains(&thinking), "{thinking} of 20 reason");
    assert!(
        answers
            .iter()
            .skip(1)
            .step_by(2)
            .all(|answer| reasoning_tokens(answer) == 0 && reasoning(answer).is_none())
    );
    let alone: Vec<_> =
        requests[..6].iter().map(|request| chat(&server, request)["choices"].clone()).collect();
    assert!(alone.iter().eq(answers[..6].iter().map(|answer| &answer["choices"])), "alone and in a batch");
}

#[test]
fn reasoning_effort_none_is_no_reasoning() {
    let (server, _folder) = start(Thinking::Optional);
    for seed in 0..20 {
        let answer = chat(&server, &request(seed, json!({ "reasoning_effort": "none" })));
        check_content(&answer);
        assert_eq!((reasoning(&answer), reasoning_tokens(&answer)), (None, 0));
    }
}

#[test]
fn a_stream_gives_the_reasoning_before_the_content() {
    let (server, _folder) = start(Thinking::Always);
    let fields = json!({ "stream": true, "stream_options": { "include_usage": true } });
    for seed in 0..3 {
        let whole = chat(&server, &request(seed, json!({})));
        let mut events = server.stream("/v1/chat/completions", &request(seed, fields.clone()));
        assert_eq!(events.pop().as_deref(), Some("[DONE]"));
        let chunks: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        let (usage, chunks) = chunks.split_last().unwrap();
        for counted in ["prompt_tokens", "completion_tokens", "completion_tokens_details"] {
            assert_eq!(usage["usage"][counted], whole["usage"][counted]);
        }
        let delta =
            |chunk: &Value, name: &str| chunk["choices"][0]["delta"][name].as_str().map(str::to_owned);
        let all = |name: &str| chunks.iter().filter_map(|chunk| delta(chunk, name)).collect::<String>();
        assert_eq!(all("reasoning_content"), reasoning(&whole).unwrap());
        assert_eq!(all("content"), content(&whole));
        let last = chunks.iter().rposition(|chunk| delta(chunk, "reasoning_content").is_some()).unwrap();
        let first =
            chunks.iter().position(|chunk| delta(chunk, "content").is_some_and(|text| !text.is_empty()));
        assert!(last > 1 && last < first.unwrap(), "{last} {first:?}");
    }
}

#[test]
fn without_a_schema_reasoning_and_content_come_apart_and_completions_stay_raw() {
    let (server, _folder) = start(Thinking::Always);
    let fields = |seed| json!({ "response_format": null, "max_tokens": 1_500, "seed": seed });
    let answers: Vec<_> = (0..12).map(|seed| chat(&server, &request(seed, fields(seed)))).collect();
    let both = |answer: &&Value| reasoning(answer).is_some() && !content(answer).is_empty();
    assert!(answers.iter().any(|answer| both(&answer)), "{answers:?}");
    let completion = json!({
        "model": "tiny", "prompt": "Once<think>", "max_tokens": 1_500, "temperature": TEMPERATURE, "top_k": -1, "top_p": 1,
    });
    let raw = (0..12).map(|seed| {
        let mut completion = completion.clone();
        completion["seed"] = json!(seed);
        server.post("/v1/completions", &completion).1
    });
    let raw: Vec<_> = raw.collect();
    assert!(raw.iter().all(|answer| answer["usage"].get("completion_tokens_details").is_none()));
    assert!(raw.iter().any(|answer| answer["choices"][0]["text"].as_str().unwrap().contains("</think>")));
}

#[test]
fn a_model_without_markers_has_no_word_about_reasoning() {
    let (server, _folder) = start(Thinking::Never);
    let answer = chat(&server, &request(1, json!({ "chat_template_kwargs": { "enable_thinking": true } })));
    check_content(&answer);
    assert!(
        reasoning(&answer).is_none() && answer["usage"].get("completion_tokens_details").is_none(),
        "{answer}"
    );
}

#[test]
fn logprobs_behind_the_reasoning_begin_with_the_first_bytes_of_a_character() {
    let (server, _folder) = start(Thinking::Always);
    let text = "👩‍🚀é";
    let fields =
        json!({ "response_format": null, "structured_outputs": { "choice": [text] }, "logprobs": true });
    for stream in [false, true] {
        let mut request = request(0, fields.clone());
        let choices = if stream {
            request["stream"] = json!(true);
            let events = server.stream("/v1/chat/completions", &request);
            let chunks = events.iter().filter_map(|event| serde_json::from_str::<Value>(event).ok());
            chunks.map(|chunk| chunk["choices"][0].clone()).collect()
        } else {
            vec![chat(&server, &request)["choices"][0].clone()]
        };
        let tokens = choices.iter().filter_map(|choice| choice["logprobs"]["content"].as_array()).flatten();
        let bytes = tokens.flat_map(|token| token["bytes"].as_array().unwrap().clone());
        let bytes: Vec<_> = bytes.map(|byte| byte.as_u64().unwrap() as u8).collect();
        assert_eq!(bytes, text.as_bytes(), "streamed: {stream}");
    }
}
