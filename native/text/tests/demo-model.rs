//! The tokenizer and the chat template of `examples/demo-model`, which its training relies on.

use std::path::Path;

use conduit_text::{ChatInput, ChatTemplate, EncodeOptions, Tokenizer};
use serde_json::json;

const NAMES: [&str; 24] = [
    "README.md",
    "a",
    ".",
    "..",
    " leading space",
    "trailing space  ",
    "  2 spaces  within 3",
    "   ",
    "1  2",
    "-rw-r--r--",
    "x -> y",
    "it's",
    "\"quoted\"",
    "back\\slash\\",
    "\\n",
    "\\\\\"",
    "a\",\"b",
    "\"},{\"name\":\"x",
    "[{,:}]",
    "tab\tand\u{1b}[31m",
    "größe 日本語 🎉",
    "IMG_2026-11-26 20:07:59 (1).JPG",
    "<|line_3|>",
    "<|im_end|>",
];

struct DemoModel {
    tokenizer: Tokenizer,
    template: ChatTemplate,
}

impl DemoModel {
    fn load() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/demo-model");
        let tokenizer = Tokenizer::load(&folder).unwrap();
        let template = ChatTemplate::load(&folder, &tokenizer).unwrap();
        Self { tokenizer, template }
    }

    fn prompt(&self, listing: &str) -> Vec<u32> {
        let messages = [json!({ "role": "user", "content": json!({ "listing": listing }).to_string() })];
        let prompt = self.template.render(&self.tokenizer, &ChatInput::new(&messages)).unwrap();
        self.tokenizer.encode_prompt(&prompt).unwrap()
    }

    fn tokens(&self, text: &str) -> Vec<u32> {
        self.tokenizer.encode(text, EncodeOptions::default()).unwrap()
    }

    fn token(&self, text: &str) -> u32 {
        self.tokenizer.token_id(text).unwrap_or_else(|| panic!("{text} is no token"))
    }
}

fn contains(tokens: &[u32], part: &[u32]) -> bool {
    tokens.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_name_is_cut_the_same_way_in_a_listing_and_in_the_answer() {
    let model = DemoModel::load();
    for name in NAMES {
        let answer = model.tokens(&format!(r#"{{"files":[{{"name":{},"bytes":7"#, json!(name)));
        let start = answer.iter().position(|&id| id == model.token("name")).unwrap() + 2;
        let length = answer[start..].iter().position(|&id| id == model.token(r#"",""#)).unwrap();
        let cut = &answer[start..start + length];
        let listing = format!("total 4\n-rw-r--r-- 1 root root 7 Nov 26  2025 {name}\ndrwxr-xr-x");
        let line = [&[model.token("Ġ")], cut, &[model.token("<|line_2|>")]].concat();
        let prompt = model.prompt(&listing);
        assert!(contains(&prompt, &line), "{name:?}: {line:?} is not in {prompt:?}");
    }
}

#[test]
fn lines_are_numbered_and_a_typed_line_end_is_none() {
    let model = DemoModel::load();
    let lines: Vec<String> = (0..60).map(|line| format!("a\\n{line}")).collect();
    let prompt = model.prompt(&lines.join("\n"));
    for line in 1..=48 {
        let mark = model.token(&format!("<|line_{line}|>"));
        assert_eq!(prompt.iter().filter(|&&id| id == mark).count(), 1, "line {line}");
    }
}

#[test]
fn digits_white_space_and_quotes_in_names_are_tokens_of_their_own() {
    let model = DemoModel::load();
    assert!(model.tokenizer.vocab_size() <= 1024);
    assert_eq!(model.tokens("2026").len(), 4);
    assert_eq!(model.tokens("a b").len(), 3);
    assert_eq!(model.tokens("{[(~-_.,:;'`").len(), 12);
    assert_eq!(model.tokens(r#"a\"b"#), [model.token("a"), model.token(r#"\""#), model.token("b")]);
}
