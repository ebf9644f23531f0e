use conduit_testkit::model::Thinking;
use serde_json::{Value, json};

use crate::support::{HERMES, LLAMA, MISTRAL, calls, chat, check_call, hermes, mistral, request, start};

#[test]
fn a_required_call_fits_its_schema_in_the_format_of_each_template() {
    for (template, special, id_length) in [
        (HERMES, &[][..], 29),
        (LLAMA, &["<|python_tag|>"], 29),
        (MISTRAL, &["[TOOL_CALLS]", "[INST]", "[/INST]"], 9),
    ] {
        let (server, _folder) = start(template, special, Thinking::Never);
        let mut names = std::collections::BTreeSet::new();
        let mut most = 0;
        for seed in 0..12 {
            let choice = chat(&server, &request(seed, json!({})));
            assert_eq!(choice["finish_reason"], "tool_calls", "{choice}");
            assert_eq!(choice["message"]["content"], Value::Null, "{choice}");
            most = most.max(calls(&choice).len());
            for call in calls(&choice) {
                names.insert(check_call(call).to_owned());
                assert_eq!(call["id"].as_str().unwrap().len(), id_length, "{call}");
            }
            let one = chat(&server, &request(seed, json!({ "parallel_tool_calls": false })));
            assert_eq!((calls(&one).len(), &one["finish_reason"]), (1, &json!("tool_calls")), "{one}");
        }
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(most > 1 || template == LLAMA, "several calls in one answer");
    }
}

#[test]
fn a_function_that_is_named_is_the_one_that_is_called() {
    let (server, _folder) = hermes();
    let choice = json!({ "type": "function", "function": { "name": "paint" } });
    for seed in 0..4 {
        let choice = chat(&server, &request(seed, json!({ "tool_choice": choice })));
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(calls(&choice).iter().map(check_call).collect::<Vec<_>>(), ["paint"]);
    }
}

#[test]
fn with_auto_text_is_text_and_what_follows_the_marker_is_a_call() {
    let (server, _folder) = mistral();
    let answers: Vec<_> = (0..24)
        .map(|seed| chat(&server, &request(seed, json!({ "tool_choice": "auto", "max_tokens": 3_000 }))))
        .collect();
    let called: Vec<_> = answers.iter().filter(|choice| !calls(choice).is_empty()).collect();
    assert!((1..24).contains(&called.len()), "{} of 24 call", called.len());
    for choice in &answers {
        for call in calls(choice) {
            check_call(call);
        }
        let expected = if calls(choice).is_empty() { "stop" } else { "tool_calls" };
        assert_eq!(choice["finish_reason"], expected, "{choice}");
        let text = choice["message"]["content"].as_str().unwrap_or_default();
        assert!(!text.contains("[TOOL_CALLS]") && !text.contains("get_weather"), "{text}");
    }
    assert!(called.iter().any(|choice| choice["message"]["content"].is_string()), "text before calls");
    let none = chat(&server, &request(0, json!({ "tool_choice": "none", "max_tokens": 5 })));
    assert!(none["message"].get("tool_calls").is_none() && none["message"]["content"].is_string());
}

#[test]
fn an_answer_that_calls_nothing_fits_the_response_format() {
    let (server, _folder) = mistral();
    let schema = json!({ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"], "additionalProperties": false });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "n", "schema": schema } });
    for seed in 0..12 {
        let fields = json!({ "tool_choice": "auto", "response_format": format });
        let choice = chat(&server, &request(seed, fields));
        match choice["message"]["content"].as_str() {
            Some(text) => assert!([r#"{"ok":true}"#, r#"{"ok":false}"#].contains(&text), "{choice}"),
            None => assert!(!calls(&choice).is_empty(), "{choice}"),
        }
    }
}
