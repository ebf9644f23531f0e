use conduit_testkit::model::Thinking;
use serde_json::{Value, json};

use crate::support::{HERMES, LLAMA, calls, chat, check_call, hermes, mistral, request, start};

#[test]
fn reasoning_comes_before_a_required_call() {
    let (server, _folder) = start(&format!("{HERMES}{{#- <think> #}}"), &[], Thinking::Optional);
    let mut reasons = 0;
    for seed in 0..20 {
        let choice = chat(&server, &request(seed, json!({ "parallel_tool_calls": false })));
        assert_eq!(choice["finish_reason"], "tool_calls", "{choice}");
        for call in calls(&choice) {
            check_call(call);
        }
        reasons += usize::from(choice["message"].get("reasoning_content").is_some());
    }
    assert!((1..20).contains(&reasons), "{reasons} of 20 reason");
}

#[test]
fn calls_and_their_results_go_back_into_the_template() {
    for (server, _folder) in [hermes(), mistral(), start(LLAMA, &[], Thinking::Never)] {
        let asked = json!({ "role": "user", "content": "Is it warm?" });
        let choice = chat(&server, &request(2, json!({ "messages": [asked], "parallel_tool_calls": false })));
        let called = choice["message"].clone();
        let result =
            json!({ "role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "12 degrees" });
        let messages = json!([asked, called, result]);
        let fields = json!({ "messages": messages, "tool_choice": "auto", "max_tokens": 3 });
        let (status, answer) = server.post("/v1/chat/completions", &request(2, fields.clone()));
        assert_eq!(status, 200, "{answer}");
        let mut shorter = request(2, fields);
        shorter["messages"].as_array_mut().unwrap().pop();
        let without = server.post("/v1/chat/completions", &shorter).1;
        let tokens = |answer: &Value| answer["usage"]["prompt_tokens"].as_u64().unwrap();
        assert!(tokens(&answer) > tokens(&without), "the result is in the prompt");
    }
}
