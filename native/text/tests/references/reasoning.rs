use conduit_text::{ChatInput, ChatTemplate, ReasoningMarkers, ReasoningState};
use serde_json::json;

use crate::files::{qwen3, real_tokenizer};

#[test]
fn qwen3_reasons_unless_the_request_says_otherwise() {
    let tokenizer = real_tokenizer();
    let template = ChatTemplate::load(&qwen3(), tokenizer).unwrap();
    let markers = ReasoningMarkers::find(tokenizer, &template).unwrap();
    assert_eq!(markers, ReasoningMarkers { start: 151_667, end: 151_668 });
    let messages = [json!({ "role": "user", "content": "What is 2 + 2?" })];
    for (variables, state) in [
        (json!({}), ReasoningState::Possible),
        (json!({ "enable_thinking": true }), ReasoningState::Possible),
        (json!({ "enable_thinking": false }), ReasoningState::Over),
    ] {
        let input = ChatInput { variables: variables.as_object(), ..ChatInput::new(&messages) };
        let prompt = tokenizer.encode_prompt(&template.render(tokenizer, &input).unwrap()).unwrap();
        assert_eq!(markers.state_after(tokenizer, &prompt), state, "{variables}");
    }
}
