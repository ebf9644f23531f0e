use conduit_text::{ChatInput, ChatTemplate, Tokenizer};

use crate::files::{goldens, ids, json, names};

#[test]
fn the_tiny_models_chats_become_the_references_tokens() {
    let of_kind = |kind, at_least| names(kind, at_least).into_iter().map(move |name| (kind, name));
    for (kind, name) in of_kind("models", 8).chain(of_kind("gguf", 5)) {
        let folder = goldens(kind).join(&name);
        let chat = &json(&folder.join("expected.json"))["chat"];
        let tokenizer = Tokenizer::load(&folder).unwrap();
        let template = ChatTemplate::load(&folder, &tokenizer).unwrap();
        let input = ChatInput {
            add_generation_prompt: chat["add_generation_prompt"] == true,
            ..ChatInput::new(chat["messages"].as_array().unwrap())
        };
        let prompt = template.render(&tokenizer, &input).unwrap();
        assert_eq!(prompt.text(), chat["rendered"], "{name}");
        assert_eq!(tokenizer.encode_prompt(&prompt).unwrap(), ids(&chat["input_ids"]), "{name}");
        assert!(!tokenizer.eos_token_ids().is_empty(), "{name} has no end");
    }
}
