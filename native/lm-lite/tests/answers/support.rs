use serde_json::{Value, json};

use crate::common::Server;

pub const CHAT: &str = "/v1/chat/completions";
pub const COMPLETIONS: &str = "/v1/completions";

pub fn completion(fields: Value) -> Value {
    let mut request = json!({ "model": "tiny", "prompt": "Once upon", "max_tokens": 12, "temperature": 1.5 });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

pub fn ask(server: &Server, path: &str, request: &Value) -> Value {
    let (status, answer) = server.post(path, request);
    assert_eq!(status, 200, "{answer}");
    answer
}

pub fn choices(answer: &Value) -> &[Value] {
    answer["choices"].as_array().unwrap()
}

/// The chunks of a stream, which has to end as it should.
pub fn chunks(server: &Server, path: &str, mut request: Value) -> Vec<Value> {
    (request["stream"], request["stream_options"]) = (json!(true), json!({ "include_usage": true }));
    let mut events = server.stream(path, &request);
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    events.iter().map(|event| serde_json::from_str(event).unwrap()).collect()
}

/// The field of the choices of this index, over all chunks.
pub fn of_choice<'a>(chunks: &'a [Value], index: usize, pointer: &str) -> Vec<&'a Value> {
    let choices = chunks.iter().flat_map(choices);
    choices.filter(|choice| choice["index"] == index).filter_map(|choice| choice.pointer(pointer)).collect()
}

pub fn texts(values: &[&Value]) -> String {
    values.iter().filter_map(|value| value.as_str()).collect()
}

/// The bytes of all tokens that an answer's probabilities name.
pub fn bytes(tokens: &[Value]) -> Vec<u8> {
    let bytes = tokens.iter().flat_map(|token| token["bytes"].as_array().unwrap());
    bytes.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect()
}

pub fn content_tokens(choice: &Value) -> &[Value] {
    choice["logprobs"]["content"].as_array().unwrap_or_else(|| panic!("no probabilities in {choice}"))
}
