use std::fs;
use std::path::Path;

use conduit_text::{
    AnswerParser, ChatInput, ChatTemplate, EncodeOptions, Part, ReasoningMarkers, ReasoningState, Tokenizer,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{folder, user};

/// The parts of the templates of Qwen3 and of DeepSeek R1 that have to do with reasoning.
const TEMPLATE: &str = "{{ messages[0].content }}<|start_header_id|>\n\
    {%- if style == 'begun' %}<think>\n{% elif enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n\
    {%- else %}\n{% endif %}";

/// A folder whose tokenizer has the markers as tokens, which like those of Qwen3 are not special.
fn reasoning_folder(template: &str) -> TempDir {
    let plain = folder(&[]);
    let mut tokenizer: Value =
        serde_json::from_slice(&fs::read(plain.path().join("tokenizer.json")).unwrap()).unwrap();
    let added = tokenizer["added_tokens"].as_array_mut().unwrap();
    for (id, content) in (709..).zip(["<think>", "</think>"]) {
        let mut token = added[0].clone();
        (token["id"], token["content"], token["special"]) = (json!(id), json!(content), json!(false));
        added.push(token);
    }
    folder(&[("tokenizer.json", tokenizer), ("tokenizer_config.json", json!({ "chat_template": template }))])
}

fn load(folder: &Path) -> (Tokenizer, ChatTemplate) {
    let tokenizer = Tokenizer::load(folder).unwrap();
    let template = ChatTemplate::load(folder, &tokenizer).unwrap();
    (tokenizer, template)
}

#[test]
fn a_model_reasons_where_vocabulary_and_template_say_so() {
    let found = |folder: TempDir| {
        let (tokenizer, template) = load(folder.path());
        ReasoningMarkers::find(&tokenizer, &template)
    };
    let markers = Some(ReasoningMarkers { start: 709, end: 710 });
    assert_eq!(found(reasoning_folder(TEMPLATE)), markers);
    assert_eq!(found(reasoning_folder("{{ messages[0].content.split('</think>')[-1] }}")), markers);
    assert_eq!(found(reasoning_folder("{{ messages[0].content }}")), None);
    assert_eq!(found(folder(&[("tokenizer_config.json", json!({ "chat_template": TEMPLATE }))])), None);
}

#[test]
fn the_prompt_tells_how_far_the_reasoning_is() {
    let folder = reasoning_folder(TEMPLATE);
    let (tokenizer, template) = load(folder.path());
    let markers = ReasoningMarkers::find(&tokenizer, &template).unwrap();
    let state = |text: &str, variables: Value| {
        let messages = [user(text)];
        let input = ChatInput { variables: variables.as_object(), ..ChatInput::new(&messages) };
        let prompt = template.render(&tokenizer, &input).unwrap();
        markers.state_after(&tokenizer, &tokenizer.encode_prompt(&prompt).unwrap())
    };
    assert_eq!(state("hi", json!({ "style": "begun" })), ReasoningState::Begun);
    assert_eq!(state("hi", json!({ "enable_thinking": false })), ReasoningState::Over);
    for text in ["hi", "<think>", "<think> </think>\n"] {
        assert_eq!(state(text, json!({ "enable_thinking": true })), ReasoningState::Possible, "{text}");
    }
    assert_eq!(markers.state_after(&tokenizer, &[]), ReasoningState::Possible);
}

/// What a model writes, as reasoning and content, and how many tokens the first took. No piece may need a later one taken
/// back, so what is given out has to add up.
fn parse(state: ReasoningState, text: &str) -> (String, String, usize) {
    let folder = reasoning_folder(TEMPLATE);
    let (tokenizer, template) = load(folder.path());
    let mut parser = AnswerParser::new(ReasoningMarkers::find(&tokenizer, &template).unwrap(), state);
    let tokens =
        tokenizer.encode(text, EncodeOptions { parse_special: true, ..EncodeOptions::default() }).unwrap();
    let mut parts: Vec<_> = tokens.iter().map(|&token| parser.push(&tokenizer, token)).collect();
    parts.push(parser.finish(&tokenizer));
    let (mut reasoning, mut content) = (String::new(), String::new());
    for part in parts {
        match part {
            Part::Reasoning(text) => {
                assert!(content.is_empty() || text.is_empty(), "{text:?} reasons behind {content:?}");
                reasoning.push_str(&text);
            }
            Part::Content(text) => content.push_str(&text),
        }
    }
    (reasoning, content, parser.reasoning_tokens())
}

#[test]
fn reasoning_and_content_come_apart() {
    use ReasoningState::{Begun, Over, Possible};
    for (state, text, reasoning, content) in [
        (Begun, "\nSo, 2 + 2\n\nis 文 4. \n</think>\n\nFour.\n", "So, 2 + 2\n\nis 文 4.", "Four.\n"),
        (Begun, "cut off \n", "cut off", ""),
        (Begun, "</think>Four.", "", "Four."),
        (Begun, "<think>a</think>b</think><think>c", "<think>a", "b</think><think>c"),
        (Possible, "<think>\n\n</think>\n\n  Four.", "", "  Four."),
        (Possible, "<think>hm</think>{\"a\": 1}", "hm", "{\"a\": 1}"),
        (Possible, "Four. <think>no</think>", "", "Four. <think>no</think>"),
        (Possible, "\nFour.", "", "\nFour."),
        (Over, "\n<think>Four.", "", "\n<think>Four."),
        (Possible, "", "", ""),
    ] {
        let (found_reasoning, found_content, _) = parse(state, text);
        assert_eq!(
            (found_reasoning.as_str(), found_content.as_str()),
            (reasoning, content),
            "{state:?} {text:?}"
        );
    }
}

#[test]
fn tokens_of_the_reasoning_are_counted_with_its_markers() {
    assert_eq!(parse(ReasoningState::Possible, "<think>\n</think>\n\nFour.").2, 3);
    assert_eq!(parse(ReasoningState::Begun, "\n</think>Four.").2, 2);
    assert_eq!(parse(ReasoningState::Possible, "Four.").2, 0);
}

#[test]
fn half_a_character_at_the_end_of_the_reasoning_does_not_reach_the_content() {
    let folder = reasoning_folder(TEMPLATE);
    let (tokenizer, template) = load(folder.path());
    let markers = ReasoningMarkers::find(&tokenizer, &template).unwrap();
    let bytes = |id: &u32| tokenizer.token_bytes(*id) == [0xe6];
    let half = (0..tokenizer.vocab_size() as u32).find(bytes).unwrap();
    let mut parser = AnswerParser::new(markers, ReasoningState::Begun);
    assert_eq!(parser.push(&tokenizer, half), Part::Reasoning(String::new()));
    assert_eq!(parser.push(&tokenizer, markers.end), Part::Reasoning("\u{FFFD}".to_owned()));
    assert_eq!(parser.push(&tokenizer, half), Part::Content(String::new()));
    assert_eq!(parser.finish(&tokenizer), Part::Content("\u{FFFD}".to_owned()));
}

#[test]
fn line_breaks_behind_the_reasoning_are_no_content_and_half_a_character_is() {
    let folder = reasoning_folder(TEMPLATE);
    let (tokenizer, template) = load(folder.path());
    let markers = ReasoningMarkers::find(&tokenizer, &template).unwrap();
    let of = |wanted: &[u8]| {
        let mut ids = 0..tokenizer.vocab_size() as u32;
        ids.find(|id| tokenizer.token_bytes(*id) == wanted && !tokenizer.is_special(*id)).unwrap()
    };
    let mut parser = AnswerParser::new(markers, ReasoningState::Begun);
    parser.push(&tokenizer, markers.end);
    for (bytes, is_between) in [(b"\n", true), (b"\xe6", false), (b"\x96", false), (b"\x87", false)] {
        parser.push(&tokenizer, of(bytes));
        assert_eq!(parser.is_between(), is_between, "{bytes:?}");
    }
}
