//! Penalties and biases over the wire.

use crate::common;

use common::{Server, Start, content};
use serde_json::{Map, Value, json};

fn greedy(server: &Server, fields: Value) -> String {
    let mut request = json!({ "max_tokens": 40, "temperature": 0 });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let (status, answer) = server.chat(request);
    assert_eq!(status, 200, "{fields}: {answer}");
    content(&answer).to_owned()
}

#[test]
fn penalties_change_the_answer_and_their_defaults_do_not() {
    let server = Start::new().tiny().start();
    let plain = greedy(&server, json!({}));
    let neutral = json!({
        "repetition_penalty": 1, "frequency_penalty": 0, "presence_penalty": -0.0, "logit_bias": {},
    });
    assert_eq!(greedy(&server, neutral), plain);
    for fields in [
        json!({ "repetition_penalty": 3 }),
        json!({ "frequency_penalty": 2 }),
        json!({ "presence_penalty": 2 }),
    ] {
        let penalized = greedy(&server, fields.clone());
        assert_ne!(penalized, plain, "{fields}");
        assert_eq!(greedy(&server, fields), penalized);
    }
}

#[test]
fn a_bias_commands_a_token_in_chats_completions_and_responses() {
    let server = Start::new().tiny().start();
    let (_, tokens) = server.post("/tokenize", &json!({ "model": "tiny", "prompt": "x" }));
    let token = tokens["tokens"].as_array().unwrap().last().unwrap().to_string();
    let logit_bias = json!({ token: 100 });
    let chat = server.chat(json!({ "max_tokens": 5, "logit_bias": logit_bias })).1;
    assert_eq!(content(&chat).trim(), "xxxxx");
    let fields = json!({ "model": "tiny", "prompt": "Once", "max_tokens": 5, "logit_bias": logit_bias });
    let completion = server.post("/v1/completions", &fields).1;
    assert_eq!(completion["choices"][0]["text"].as_str().unwrap().trim(), "xxxxx");
    let fields =
        json!({ "model": "tiny", "input": "Once", "max_output_tokens": 5, "logit_bias": logit_bias });
    let response = server.post("/v1/responses", &fields).1;
    assert_eq!(response["output"][0]["content"][0]["text"].as_str().unwrap().trim(), "xxxxx");
}

#[test]
fn what_is_out_of_bounds_is_refused_by_name() {
    let server = Start::new().tiny().start();
    let many: Map<String, Value> = (0..1_025).map(|token| (token.to_string(), json!(1))).collect();
    for (fields, param) in [
        (json!({ "repetition_penalty": 0 }), "repetition_penalty"),
        (json!({ "frequency_penalty": 2.5 }), "frequency_penalty"),
        (json!({ "presence_penalty": -3 }), "presence_penalty"),
        (json!({ "logit_bias": { "1": 101 } }), "logit_bias"),
        (json!({ "logit_bias": { "4000000000": 1 } }), "logit_bias"),
        (json!({ "logit_bias": { "one": 1 } }), "logit_bias"),
        (json!({ "logit_bias": many }), "logit_bias"),
    ] {
        let (status, body) = server.chat(fields.clone());
        assert_eq!((status, &body["error"]["param"]), (400, &json!(param)), "{fields}");
        assert!(body["error"]["message"].as_str().unwrap().starts_with(param), "{body}");
    }
}
