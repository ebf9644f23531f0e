use serde_json::{Value, json};

use crate::common::{Start, chat_request, content};
use crate::support::{CHAT, ask, bytes, chunks, content_tokens, of_choice, texts};

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
    for seed in 0..2 {
        let answer = ask(seed, json!({ "min_tokens": 200, "max_tokens": 220 }));
        assert!(answer["usage"]["completion_tokens"].as_u64().unwrap() >= 200, "{answer}");
        let answer = ask(seed, json!({ "ignore_eos": true, "max_tokens": 200 }));
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["usage"]["completion_tokens"], 200);
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
