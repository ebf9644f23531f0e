//! The wire format, against a real server with a tiny model.

use crate::common;

use common::{KEY, Start, chat_request, content};
use serde_json::{Value, json};

/// The usage, but for what it tells of the prompt cache, which knows more each time.
fn counted(answer: &Value) -> [&Value; 3] {
    ["prompt_tokens", "completion_tokens", "total_tokens"].map(|name| &answer["usage"][name])
}

fn error_of((status, body): (u16, Value)) -> (u16, String, String, Value) {
    let error = &body["error"];
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
    assert!(error.as_object().unwrap().contains_key("param"), "{body}");
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (status, text("type"), text("code"), error["param"].clone())
}

#[test]
fn everything_but_health_asks_for_the_key() {
    let server = Start::new().tiny().start();
    assert_eq!(server.get("/health", None).0, 200);
    for key in [None, Some("wrong"), Some(""), Some("test-key2"), Some("test-ke")] {
        for path in ["/v1/models", "/v1/models/tiny", "/unknown"] {
            let refused = error_of(server.get(path, key));
            assert_eq!(
                refused,
                (401, "invalid_request_error".into(), "invalid_api_key".into(), Value::Null),
                "{path}"
            );
        }
    }
    assert_eq!(server.get("/v1/models", Some(KEY)).0, 200);
}

#[test]
fn models_are_listed_and_looked_up() {
    let server = Start::new().tiny().start();
    let (_, list) = server.get("/v1/models", Some(KEY));
    assert_eq!((list["object"].as_str(), list["data"].as_array().unwrap().len()), (Some("list"), 1));
    let (status, model) = server.get("/v1/models/tiny", Some(KEY));
    assert_eq!((status, &model), (200, &list["data"][0]));
    assert_eq!(
        (&model["id"], &model["object"], &model["max_model_len"]),
        (&json!("tiny"), &json!("model"), &json!(512))
    );
    assert_eq!(error_of(server.get("/v1/models/none", Some(KEY))).2, "model_not_found");
}

#[test]
fn a_chat_is_answered_as_openai_does() {
    let server = Start::new().tiny().start();
    let (status, answer) = server.chat(json!({ "max_tokens": 12, "seed": 3 }));
    assert_eq!(status, 200);
    assert_eq!((&answer["object"], &answer["model"]), (&json!("chat.completion"), &json!("tiny")));
    assert!(
        answer["id"].as_str().unwrap().starts_with("chatcmpl-")
            && answer["created"].as_u64().unwrap() > 1_700_000_000
    );
    let choice = &answer["choices"][0];
    assert_eq!((&choice["index"], &choice["message"]["role"]), (&json!(0), &json!("assistant")));
    assert!(["stop", "length"].contains(&choice["finish_reason"].as_str().unwrap()));
    let usage = &answer["usage"];
    let tokens = |name: &str| usage[name].as_u64().unwrap();
    assert!(tokens("prompt_tokens") > 0 && (1..=12).contains(&tokens("completion_tokens")));
    assert_eq!(tokens("total_tokens"), tokens("prompt_tokens") + tokens("completion_tokens"));

    let again = server.chat(json!({ "max_tokens": 12, "seed": 3 })).1;
    assert_eq!(content(&again), content(&answer), "the same seed gives the same answer");
    assert_ne!(again["id"], answer["id"]);
    let parts = json!([
        { "role": "developer", "content": [{ "type": "text", "text": "Be brief." }] },
        { "role": "user", "content": [{ "type": "text", "text": "Hello" }, { "type": "text", "text": "there" }] },
    ]);
    assert_eq!(server.chat(json!({ "messages": parts, "max_completion_tokens": 1 })).0, 200);
}

#[test]
fn a_stream_gives_the_same_text_and_ends_with_usage_and_done() {
    let server = Start::new().tiny().start();
    let fields = json!({ "max_tokens": 20, "seed": 5, "temperature": 1.2 });
    let whole = server.chat(fields.clone()).1;
    let mut request = chat_request(fields);
    request["stream"] = json!(true);
    for include_usage in [false, true] {
        request["stream_options"] = json!({ "include_usage": include_usage });
        let mut events = server.stream("/v1/chat/completions", &request);
        assert_eq!(events.pop().as_deref(), Some("[DONE]"));
        let mut chunks: Vec<Value> =
            events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        if include_usage {
            let usage = chunks.pop().unwrap();
            assert_eq!(usage["choices"], json!([]));
            assert_eq!(counted(&usage), counted(&whole));
        }
        assert_eq!(chunks[0]["choices"][0]["delta"], json!({ "role": "assistant", "content": "" }));
        let last = chunks.pop().unwrap();
        assert_eq!(last["choices"][0]["finish_reason"], whole["choices"][0]["finish_reason"]);
        assert_eq!(last["choices"][0]["delta"], json!({}));
        let text: String =
            chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
        assert_eq!(text, content(&whole));
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk["object"] == "chat.completion.chunk" && chunk["id"] == last["id"])
        );
    }
}

#[test]
fn completions_take_texts_and_tokens() {
    let server = Start::new().tiny().start();
    let complete = |prompt: Value| {
        server.post(
            "/v1/completions",
            &json!({ "model": "tiny", "prompt": prompt, "max_tokens": 8, "seed": 1 }),
        )
    };
    let (status, answer) = complete(json!("Once upon"));
    assert_eq!((status, &answer["object"]), (200, &json!("text_completion")));
    let text = answer["choices"][0]["text"].as_str().unwrap();
    assert_eq!(complete(json!(["Once upon"])).1["choices"][0]["text"], text);
    assert_eq!(complete(json!([40, 41, 42])).0, 200);
    let request =
        json!({ "model": "tiny", "prompt": "Once upon", "max_tokens": 8, "seed": 1, "stream": true });
    let events = server.stream("/v1/completions", &request);
    let piece = |event: &String| {
        serde_json::from_str::<Value>(event).ok()?["choices"][0]["text"].as_str().map(ToOwned::to_owned)
    };
    assert_eq!(events.iter().filter_map(piece).collect::<String>(), text);
    for wrong in [json!(["a", 2]), json!([[1], [[2]]]), json!(5), json!([-1]), json!([])] {
        assert_eq!(error_of(complete(wrong)).3, "prompt");
    }
    assert_eq!(
        error_of(complete(json!([100_000]))),
        (400, "invalid_request_error".into(), "invalid_token".into(), json!("prompt"))
    );
}

#[test]
fn several_prompts_are_several_choices() {
    let server = Start::new().tiny().start();
    let request = |prompt: Value, stream: bool| {
        json!({
            "model": "tiny", "prompt": prompt, "max_tokens": 8, "seed": 1, "stream": stream,
            "stream_options": { "include_usage": true },
        })
    };
    let alone: Vec<_> = ["Once upon", "A", "Twice"]
        .map(|prompt| server.post("/v1/completions", &request(json!(prompt), false)).1)
        .into_iter()
        .collect();
    let texts: Vec<_> = alone.iter().map(|answer| answer["choices"][0]["text"].as_str().unwrap()).collect();
    let prompts = json!(["Once upon", "A", "Twice"]);
    let together = server.post("/v1/completions", &request(prompts.clone(), false)).1;
    for (index, text) in texts.iter().enumerate() {
        let choice = &together["choices"][index];
        assert_eq!((&choice["index"], choice["text"].as_str()), (&json!(index), Some(*text)));
    }
    for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        let sum: u64 = alone.iter().map(|answer| answer["usage"][name].as_u64().unwrap()).sum();
        assert_eq!(together["usage"][name], sum);
    }
    let mut events = server.stream("/v1/completions", &request(prompts, true));
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    let chunks: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let (usage, chunks) = chunks.split_last().unwrap();
    assert_eq!(counted(usage), counted(&together));
    for (index, text) in texts.iter().enumerate() {
        let of_choice: Vec<_> = chunks
            .iter()
            .map(|chunk| &chunk["choices"][0])
            .filter(|choice| choice["index"] == index)
            .collect();
        let pieces: String = of_choice.iter().filter_map(|choice| choice["text"].as_str()).collect();
        assert_eq!(pieces, *text);
        assert!(of_choice.last().unwrap()["finish_reason"].is_string());
    }
    let tokens = server.post("/v1/completions", &request(json!([[40, 41], [42]]), false)).1;
    assert_eq!(tokens["usage"]["prompt_tokens"], 3);
}

#[test]
fn stop_strings_end_the_answer_before_them() {
    let server = Start::new().tiny().start();
    let whole = server.chat(json!({ "max_tokens": 60, "seed": 11, "temperature": 1.0 })).1;
    let text = content(&whole).to_owned();
    // A stop string that spans tokens, from the middle of the answer.
    let middle: Vec<_> =
        text.char_indices().map(|(start, _)| start).skip(text.chars().count() / 2).take(4).collect();
    let stop = &text[middle[0]..middle[3]];
    let answer = server
        .chat(json!({ "max_tokens": 60, "seed": 11, "temperature": 1.0, "stop": ["never there", stop] }))
        .1;
    assert_eq!(content(&answer), text.split(stop).next().unwrap());
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let used = |answer: &Value| answer["usage"]["completion_tokens"].as_u64().unwrap();
    assert!(used(&answer) < used(&whole));
}

#[test]
fn a_small_limit_ends_an_answer_with_length() {
    let server = Start::new().tiny().start();
    let schema = json!({ "type": "object", "properties": { "text": { "type": "string", "minLength": 30 } }, "required": ["text"] });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    let answer = server.chat(json!({ "max_tokens": 5, "response_format": format })).1;
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["usage"]["completion_tokens"], 5);
    assert!(content(&answer).starts_with("{\"text"));
}

#[test]
fn requests_that_cannot_be_answered_say_what_is_wrong() {
    let server = Start::new().tiny().start();
    let refused = |fields: Value| error_of(server.chat(fields));
    let invalid =
        |code: &str, param: Value| (400, "invalid_request_error".to_owned(), code.to_owned(), param);

    assert_eq!(
        refused(json!({ "model": "other" })),
        (404, "invalid_request_error".into(), "model_not_found".into(), Value::Null)
    );
    assert_eq!(refused(json!({ "model": null })), invalid("missing_required_parameter", json!("model")));
    assert_eq!(refused(json!({ "n": 129 })), invalid("invalid_value", json!("n")));
    assert_eq!(refused(json!({ "temperature": -1 })), invalid("invalid_value", json!("temperature")));
    assert_eq!(refused(json!({ "top_p": 0 })), invalid("invalid_value", json!("top_p")));
    assert_eq!(refused(json!({ "messages": [] })), invalid("invalid_value", json!("messages")));
    let long = json!([{ "role": "user", "content": "word ".repeat(2_000) }]);
    let (_, body) = server.chat(json!({ "messages": long }));
    assert_eq!(error_of((400, body.clone())), invalid("context_length_exceeded", json!("messages")));
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("max_model_len is 512") && message.contains("has "), "{message}");
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": { "type": "array", "uniqueItems": true } } });
    let (status, body) = server.chat(json!({ "response_format": format }));
    assert_eq!(error_of((status, body.clone())), invalid("unsupported_schema", json!("response_format")));
    assert!(body["error"]["message"].as_str().unwrap().contains("uniqueItems"), "{body}");

    let chat = "/v1/chat/completions";
    let post = |body: &str, kind: &str| error_of(server.post_text(chat, body, kind, Some(KEY)));
    assert_eq!(post("{", "application/json"), invalid("invalid_json", Value::Null));
    assert_eq!(post("[]", "application/json; charset=utf-8"), invalid("invalid_json", Value::Null));
    assert_eq!(post("{}", "text/plain").0, 415);
    assert_eq!(post(&" ".repeat(17 << 20), "application/json").0, 413);
    let deep = format!("{{\"messages\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(post(&deep, "application/json"), invalid("invalid_json", Value::Null));
    assert_eq!(error_of(server.get("/v1/unknown", Some(KEY))).0, 404);
    assert_eq!(error_of(server.get(chat, Some(KEY))).0, 405);
    assert_eq!(error_of(server.get(chat, None)).0, 401);
    assert_eq!(error_of(server.post("/health", &json!({}))).0, 405);

    assert_eq!(server.health()["ready"], true);
    assert_eq!(server.chat(json!({ "max_tokens": 2 })).0, 200);
}
