use serde_json::json;

use crate::support::{calls, chat, hermes, request};

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
