//! Several answers to one prompt, and what else a request can ask of its answers.

mod common;

use common::{Server, Start, chat_request, content};
use serde_json::{Value, json};

const CHAT: &str = "/v1/chat/completions";
const COMPLETIONS: &str = "/v1/completions";

fn completion(fields: Value) -> Value {
    let mut request = json!({ "model": "tiny", "prompt": "Once upon", "max_tokens": 12, "temperature": 1.5 });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

fn ask(server: &Server, path: &str, request: &Value) -> Value {
    let (status, answer) = server.post(path, request);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn choices(answer: &Value) -> &[Value] {
    answer["choices"].as_array().unwrap()
}

/// The chunks of a stream, which has to end as it should.
fn chunks(server: &Server, path: &str, mut request: Value) -> Vec<Value> {
    (request["stream"], request["stream_options"]) = (json!(true), json!({ "include_usage": true }));
    let mut events = server.stream(path, &request);
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    events.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
}

/// The field of the choices of this index, over all chunks.
fn of_choice<'a>(chunks: &'a [Value], index: usize, pointer: &str) -> Vec<&'a Value> {
    let choices = chunks.iter().flat_map(|chunk| choices(chunk));
    choices.filter(|choice| choice["index"] == index).filter_map(|choice| choice.pointer(pointer)).collect()
}

fn texts(values: &[&Value]) -> String {
    values.iter().filter_map(|value| value.as_str()).collect()
}

#[test]
fn several_answers_to_one_prompt_are_choices_and_count_it_once() {
    let server = Start::new().tiny().start();
    let fields = json!({ "seed": 4, "temperature": 1.5, "max_tokens": 16 });
    let one = ask(&server, CHAT, &chat_request(fields.clone()));
    let mut request = chat_request(fields);
    request["n"] = json!(3);
    let answer = ask(&server, CHAT, &request);
    let contents: Vec<_> = choices(&answer).iter().map(|choice| &choice["message"]["content"]).collect();
    assert_eq!(contents.len(), 3);
    assert_eq!(*contents[0], content(&one), "the first is the one that a request for one gets");
    assert!(contents[0] != contents[1] && contents[1] != contents[2], "{contents:?}");
    let usage = &answer["usage"];
    assert_eq!(usage["prompt_tokens"], one["usage"]["prompt_tokens"]);
    let tokens = |name: &str| usage[name].as_u64().unwrap();
    assert!((3..=48).contains(&tokens("completion_tokens")));
    assert_eq!(tokens("total_tokens"), tokens("prompt_tokens") + tokens("completion_tokens"));

    let chunks = chunks(&server, CHAT, request);
    for (index, expected) in contents.iter().enumerate() {
        assert_eq!(texts(&of_choice(&chunks, index, "/delta/content")), **expected);
        assert_eq!(texts(&of_choice(&chunks, index, "/delta/role")), "assistant");
        let reasons = of_choice(&chunks, index, "/finish_reason");
        assert_eq!(**reasons.last().unwrap(), choices(&answer)[index]["finish_reason"]);
    }
    assert_eq!(chunks.last().unwrap()["usage"]["completion_tokens"], usage["completion_tokens"]);
}

#[test]
fn the_choices_of_several_prompts_are_numbered_prompt_by_prompt() {
    let server = Start::new().tiny().start();
    let prompts = ["Once upon", "A", "Twice"];
    let alone: Vec<_> = prompts
        .iter()
        .flat_map(|prompt| {
            let answer =
                ask(&server, COMPLETIONS, &completion(json!({ "prompt": prompt, "n": 2, "seed": 1 })));
            choices(&answer).iter().map(|choice| choice["text"].clone()).collect::<Vec<_>>()
        })
        .collect();
    let request = completion(json!({ "prompt": prompts, "n": 2, "best_of": 2, "seed": 1 }));
    let together = ask(&server, COMPLETIONS, &request);
    for (index, text) in alone.iter().enumerate() {
        let choice = &choices(&together)[index];
        assert_eq!((&choice["index"], &choice["text"]), (&json!(index), text));
    }
    let chunks = chunks(&server, COMPLETIONS, request);
    for (index, text) in alone.iter().enumerate() {
        assert_eq!(texts(&of_choice(&chunks, index, "/text")), *text);
    }
}

#[test]
fn usage_tells_what_the_prompt_cache_had() {
    let server = Start::new().tiny().start();
    let words = "one two three four five six seven eight nine ten ".repeat(4);
    let fields = json!({ "messages": [{ "role": "user", "content": words }], "max_tokens": 8, "seed": 2 });
    let cached = |answer: &Value| {
        let usage = &answer["usage"];
        (usage["prompt_tokens"].as_u64().unwrap(), usage["prompt_tokens_details"]["cached_tokens"].clone())
    };
    let first = ask(&server, CHAT, &chat_request(fields.clone()));
    assert_eq!(cached(&first).1, 0);
    // A stop string ends an answer before the engine has told what it took.
    let mut stopped = fields;
    let written = content(&first).chars().take(2).collect::<String>();
    assert!(!written.is_empty(), "{first}");
    stopped["stop"] = json!([written]);
    let (prompt_tokens, cached_tokens) = cached(&ask(&server, CHAT, &chat_request(stopped)));
    assert_eq!(cached_tokens, (prompt_tokens - 1) / 16 * 16);
}

#[test]
fn too_many_choices_are_refused_by_name() {
    let server = Start::new().tiny().start();
    for (path, request, param) in [
        (CHAT, chat_request(json!({ "n": 0 })), "n"),
        (CHAT, chat_request(json!({ "n": 129 })), "n"),
        (CHAT, chat_request(json!({ "n": 1.5 })), "n"),
        (COMPLETIONS, completion(json!({ "n": 2, "best_of": 3 })), "best_of"),
        (COMPLETIONS, completion(json!({ "n": 128, "prompt": vec!["a"; 9] })), "prompt"),
    ] {
        let (status, answer) = server.post(path, &request);
        assert_eq!((status, &answer["error"]["param"]), (400, &json!(param)), "{answer}");
    }
}

/// The bytes of all tokens that an answer's probabilities name.
fn bytes(tokens: &[Value]) -> Vec<u8> {
    let bytes = tokens.iter().flat_map(|token| token["bytes"].as_array().unwrap());
    bytes.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect()
}

fn content_tokens(choice: &Value) -> &[Value] {
    choice["logprobs"]["content"].as_array().unwrap_or_else(|| panic!("no probabilities in {choice}"))
}

#[test]
fn logprobs_are_those_of_the_text_and_the_same_when_streamed() {
    let server = Start::new().tiny().start();
    let fields = json!({
        "seed": 3, "temperature": 1.3, "max_tokens": 40, "logprobs": true, "top_logprobs": 3,
    });
    let answer = ask(&server, CHAT, &chat_request(fields.clone()));
    let tokens = content_tokens(&answer["choices"][0]);
    assert_eq!(String::from_utf8_lossy(&bytes(tokens)), content(&answer));
    for token in tokens {
        let top = token["top_logprobs"].as_array().unwrap();
        let logprobs: Vec<_> = top.iter().map(|top| top["logprob"].as_f64().unwrap()).collect();
        assert!(top.len() == 3 && logprobs.is_sorted_by(|a, b| a >= b), "{token}");
        assert!(token["logprob"].as_f64().unwrap() <= logprobs[0], "{token}");
        assert!(logprobs.iter().map(|logprob| logprob.exp()).sum::<f64>() < 1.0 + 1e-4, "{token}");
    }
    let chunks = chunks(&server, CHAT, chat_request(fields));
    let streamed: Vec<_> = of_choice(&chunks, 0, "/logprobs/content")
        .iter()
        .flat_map(|content| content.as_array().unwrap())
        .cloned()
        .collect();
    assert_eq!(streamed, tokens);
    // What the model held to be probable is told before temperature and masks.
    let greedy = json!({ "temperature": 0, "max_tokens": 1, "logprobs": true });
    let hot = json!({ "temperature": 50, "max_tokens": 1, "logprobs": true, "top_logprobs": 1 });
    let first = |fields: Value| {
        let answer = ask(&server, CHAT, &chat_request(fields));
        content_tokens(&answer["choices"][0]).first().cloned()
    };
    if let (Some(greedy), Some(hot)) = (first(greedy), first(hot)) {
        assert_eq!(greedy["logprob"], hot["top_logprobs"][0]["logprob"]);
    }
    assert_eq!(
        ask(&server, CHAT, &chat_request(json!({ "max_tokens": 2 })))["choices"][0]["logprobs"],
        Value::Null
    );
}

#[test]
fn logprobs_of_half_characters_have_their_bytes_and_come_with_the_whole_one() {
    let server = Start::new().tiny().start();
    let text = "a文é👩‍🚀🏳️‍🌈";
    let fields = json!({ "structured_outputs": { "choice": [text] }, "logprobs": true });
    let answer = ask(&server, CHAT, &chat_request(fields.clone()));
    assert_eq!(bytes(content_tokens(&answer["choices"][0])), text.as_bytes());
    for chunk in chunks(&server, CHAT, chat_request(fields)) {
        let Some(choice) = chunk["choices"].get(0) else { continue };
        let Some(piece) = choice["delta"]["content"].as_str().filter(|piece| !piece.is_empty()) else {
            continue;
        };
        assert_eq!(bytes(content_tokens(choice)), piece.as_bytes(), "{chunk}");
    }
}

#[test]
fn logprobs_of_text_that_is_held_back_wait_for_it_and_those_of_stop_strings_never_come() {
    let server = Start::new().tiny().start();
    let text = "one ##two ##";
    let fields = |stop: &[&str]| {
        chat_request(json!({ "structured_outputs": { "choice": [text] }, "stop": stop, "logprobs": true }))
    };
    for (stops, expected) in [(["###", "##t "], text), (["#two", "two ##"], "one #")] {
        let answer = ask(&server, CHAT, &fields(&stops));
        assert_eq!(content(&answer), expected);
        let tokens = bytes(content_tokens(&answer["choices"][0]));
        // The last token may go on into the stop string.
        assert!(tokens.starts_with(expected.as_bytes()) && text.as_bytes().starts_with(&tokens), "{answer}");
        let mut written = 0;
        for chunk in chunks(&server, CHAT, fields(&stops)) {
            let Some(choice) = chunk["choices"].get(0).filter(|choice| choice["logprobs"].is_object()) else {
                continue;
            };
            written += choice["delta"]["content"].as_str().unwrap().len();
            let last =
                content_tokens(choice).last().map_or(0, |token| token["bytes"].as_array().unwrap().len());
            let told = bytes(content_tokens(choice)).len();
            assert!(told <= written + last, "{chunk}");
        }
        assert_eq!(written, expected.len());
    }
}

#[test]
fn completions_have_logprobs_in_their_own_form() {
    let server = Start::new().tiny().start();
    let request = completion(json!({ "logprobs": 2, "seed": 9, "prompt": ["Once", "Twice"] }));
    let answer = ask(&server, COMPLETIONS, &request);
    let streamed = chunks(&server, COMPLETIONS, request);
    for (index, choice) in choices(&answer).iter().enumerate() {
        let list = |name: &str| choice["logprobs"][name].as_array().unwrap();
        let (tokens, offsets) = (list("tokens"), list("text_offset"));
        let text: Vec<char> = choice["text"].as_str().unwrap().chars().collect();
        for (token, offset) in tokens.iter().zip(offsets) {
            let token: Vec<char> = token.as_str().unwrap().chars().collect();
            let offset = usize::try_from(offset.as_u64().unwrap()).unwrap();
            // Halves of characters stand for no text of their own.
            assert!(token.contains(&'\u{FFFD}') || text[offset..].starts_with(&token), "{choice}");
        }
        for (token, (top, logprob)) in
            tokens.iter().zip(list("top_logprobs").iter().zip(list("token_logprobs")))
        {
            let top = top.as_object().unwrap();
            assert!((1..=3).contains(&top.len()) && top.contains_key(token.as_str().unwrap()), "{choice}");
            assert!(logprob.as_f64().unwrap() <= 0.0, "{choice}");
        }
        for name in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] {
            let pieces = of_choice(&streamed, index, &format!("/logprobs/{name}"));
            let whole: Vec<_> = pieces.iter().flat_map(|piece| piece.as_array().unwrap()).cloned().collect();
            assert_eq!(&whole, list(name));
        }
    }
}

#[test]
fn answers_are_as_long_as_the_request_says() {
    let server = Start::new().tiny().start();
    let wild = json!({ "temperature": 50, "top_k": -1, "top_p": 1 });
    let ask = |seed: i32, more: Value| {
        let mut fields = wild.clone();
        fields["seed"] = json!(seed);
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask(&server, CHAT, &chat_request(fields))
    };
    for seed in 0..4 {
        let answer = ask(seed, json!({ "min_tokens": 300, "max_tokens": 400 }));
        assert!(answer["usage"]["completion_tokens"].as_u64().unwrap() >= 300, "{answer}");
        let answer = ask(seed, json!({ "ignore_eos": true, "max_tokens": 400 }));
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["usage"]["completion_tokens"], 400);
    }
    let refused = server.chat(json!({ "min_tokens": 9, "max_tokens": 8 }));
    assert_eq!((refused.0, &refused.1["error"]["param"]), (400, &json!("min_tokens")));
}

#[test]
fn a_stop_string_is_part_of_the_answer_where_that_is_asked_for() {
    let server = Start::new().tiny().start();
    let fields = json!({
        "structured_outputs": { "choice": ["one two three"] }, "stop": ["never", "two"],
        "include_stop_str_in_output": true, "logprobs": true,
    });
    let answer = ask(&server, CHAT, &chat_request(fields.clone()));
    assert_eq!((content(&answer), &answer["choices"][0]["finish_reason"]), ("one two", &json!("stop")));
    assert!(bytes(content_tokens(&answer["choices"][0])).starts_with(b"one two"));
    assert_eq!(
        texts(&of_choice(&chunks(&server, CHAT, chat_request(fields)), 0, "/delta/content")),
        "one two"
    );
}
