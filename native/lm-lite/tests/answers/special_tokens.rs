use serde_json::{Value, json};

use crate::common::{Start, chat_request, content};
use crate::support::{CHAT, COMPLETIONS, ask, bytes, chunks, completion, content_tokens, of_choice, texts};

const SPECIAL: &str = "<|im_start|>";

#[test]
fn control_tokens_are_text_where_that_is_asked_for() {
    let server = Start::new().tiny().start();
    let (_, tokens) = server.post("/tokenize", &json!({ "model": "tiny", "prompt": SPECIAL }));
    assert_eq!(tokens["count"], 1, "{tokens}");
    let only = |skip: Value| {
        let token = tokens["tokens"][0].to_string();
        json!({ "logit_bias": { token: 100 }, "temperature": 0, "max_tokens": 3, "skip_special_tokens": skip })
    };
    let chat = |skip: Value| {
        let mut fields = only(skip);
        fields["logprobs"] = json!(true);
        chat_request(fields)
    };
    for skip in [json!(true), Value::Null] {
        let answer = ask(&server, CHAT, &chat(skip));
        assert_eq!((content(&answer), &answer["usage"]["completion_tokens"]), ("", &json!(3)));
        assert!(content_tokens(&answer["choices"][0]).is_empty());
    }
    let text = SPECIAL.repeat(3);
    let answer = ask(&server, CHAT, &chat(json!(false)));
    assert_eq!(content(&answer), text);
    assert_eq!(bytes(content_tokens(&answer["choices"][0])), text.as_bytes());
    assert_eq!(texts(&of_choice(&chunks(&server, CHAT, chat(json!(false))), 0, "/delta/content")), text);
    let answer = ask(&server, COMPLETIONS, &completion(only(json!(false))));
    assert_eq!(answer["choices"][0]["text"], text);
}
