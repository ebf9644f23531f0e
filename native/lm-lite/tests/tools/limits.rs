use serde_json::{Value, json};

use crate::support::{calls, chat, hermes, request};

#[test]
fn a_limit_inside_a_call_is_a_length() {
    let (server, _folder) = hermes();
    let whole = chat(&server, &request(3, json!({ "parallel_tool_calls": false })));
    let arguments = |choice: &Value| {
        let calls = calls(choice);
        calls.first().map(|call| call["function"]["arguments"].as_str().unwrap().to_owned())
    };
    let mut lengths = Vec::new();
    for max_tokens in (1..80).step_by(3) {
        let fields = json!({ "parallel_tool_calls": false, "max_tokens": max_tokens });
        let cut = chat(&server, &request(3, fields));
        let begun = arguments(&cut);
        let value = begun.as_ref().and_then(|begun| serde_json::from_str::<Value>(begun).ok());
        if cut["finish_reason"] == "tool_calls" {
            // Near the limit a call is led to its shortest end, which is a whole call, too.
            let value = value.expect("a whole call");
            assert!(value["city"].is_string() && value["days"].is_array(), "{cut}");
            if begun == arguments(&whole) {
                break;
            }
            continue;
        }
        assert_eq!(cut["finish_reason"], "length", "{cut}");
        lengths.push(begun.map(|begun| begun.len()));
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
