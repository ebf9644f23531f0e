use serde_json::{Value, json};

use crate::support::{calls, chat, mistral, request};

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
