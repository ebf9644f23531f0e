use std::fs;
use std::path::Path;

use conduit_text::{ChatTemplate, Tokenizer, ToolCallFormat, ToolCallMarker, ToolCallParser, ToolPart};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folder;

const MARKER: u32 = 709;

/// A folder whose tokenizer has `[TOOL_CALLS]` as a special token.
fn model(template: &str) -> TempDir {
    let plain = folder(&[]);
    let mut tokenizer: Value =
        serde_json::from_slice(&fs::read(plain.path().join("tokenizer.json")).unwrap()).unwrap();
    let added = tokenizer["added_tokens"].as_array_mut().unwrap();
    let mut token = added[0].clone();
    (token["id"], token["content"], token["special"]) = (json!(MARKER), json!("[TOOL_CALLS]"), json!(true));
    added.push(token);
    folder(&[("tokenizer.json", tokenizer), ("tokenizer_config.json", json!({ "chat_template": template }))])
}

fn format(template: &str) -> Option<ToolCallFormat> {
    let folder = model(template);
    let tokenizer = Tokenizer::load(folder.path()).unwrap();
    ToolCallFormat::find(&tokenizer, &ChatTemplate::load(folder.path(), &tokenizer).unwrap())
}

fn template(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../goldens/templates").join(name);
    fs::read_to_string(path.join("template.jinja")).unwrap()
}

/// All parts of an answer that comes in pieces of `size` characters, those of one kind joined; `¤` is the special token.
fn parse(format: ToolCallFormat, answer: &str, size: usize) -> Vec<ToolPart> {
    let mut parser = ToolCallParser::new(format, ["f", "f2", "get"].map(str::to_owned));
    let mut parts: Vec<ToolPart> = Vec::new();
    let mut take = |part: ToolPart| match (parts.last_mut(), part) {
        (Some(ToolPart::Text(text)), ToolPart::Text(more)) => text.push_str(&more),
        (Some(ToolPart::Arguments(text)), ToolPart::Arguments(more)) => text.push_str(&more),
        (_, part) => parts.push(part),
    };
    for (index, piece) in answer.split('¤').enumerate() {
        if index > 0 {
            parser.push_marker();
        }
        for piece in piece.chars().collect::<Vec<_>>().chunks(size) {
            parser.push(&piece.iter().collect::<String>()).into_iter().for_each(&mut take);
        }
    }
    parser.finish().into_iter().for_each(&mut take);
    parts
}

fn text(text: &str) -> ToolPart {
    ToolPart::Text(text.to_owned())
}

fn call(name: &str, arguments: &str) -> [ToolPart; 2] {
    [ToolPart::Call(name.to_owned()), ToolPart::Arguments(arguments.to_owned())]
}

#[track_caller]
fn check(format: ToolCallFormat, answer: &str, expected: &[ToolPart]) {
    for size in 1..=answer.chars().count().max(1) {
        assert_eq!(parse(format, answer, size), expected, "{answer} by {size}");
    }
}

#[test]
fn the_template_tells_the_format() {
    let marker = |template: &str| format(template).map(|format| format.marker);
    assert_eq!(marker(&template("qwen2.5")), Some(ToolCallMarker::Text("<tool_call>")));
    assert_eq!(marker(&template("llama3")), Some(ToolCallMarker::Start { token: None }));
    assert_eq!(marker(&template("mistral")), Some(ToolCallMarker::Token(MARKER)));
    assert_eq!(marker("{{ messages }}"), None);
    assert_eq!(marker("<tool_call><function=f><parameter=x>"), None);
    assert_eq!(marker("[TOOL_CALLS]{{ name }}[ARGS]"), None);
    assert_eq!(format(&template("mistral")).map(|format| format.head), Some(" ["));
    assert_eq!(format("{{ '[TOOL_CALLS][' }}").map(|format| format.head), Some("["));
}

#[test]
fn hermes_calls_are_read_however_they_are_cut() {
    let format = format(&template("qwen2.5")).unwrap();
    let first = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}\\\"</tool_call>\", \"b\": [{}]}}\n</tool_call>";
    let second = "<tool_call>\n{\"name\": \"f2\", \"arguments\": {}}\n</tool_call>";
    let arguments = "{\"a\": \"}\\\"</tool_call>\", \"b\": [{}]}";
    check(format, first, &call("f", arguments));
    let two = [call("f", arguments), call("f2", "{}")].concat();
    check(format, &format!("{first}\n{second}"), &two);
    check(format, &format!("Hi <tool é\n\n{first}\n{second}"), &[&[text("Hi <tool é")], &two[..]].concat());
    check(format, "a <tool_call", &[text("a <tool_call")]);
    check(format, " \n", &[text(" \n")]);
    check(format, "", &[]);
    // Cut off by a limit.
    check(format, "<tool_call>\n{\"name\": \"f", &[]);
    let begun = [ToolPart::Call("get".to_owned()), ToolPart::Arguments("{\"a\"".to_owned())];
    check(
        format,
        "x\n<tool_call>\n{\"name\": \"get\", \"arguments\": {\"a\"",
        &[&[text("x")], &begun[..]].concat(),
    );
}

#[test]
fn mistral_calls_begin_at_the_token_and_not_at_its_name() {
    let format = format(&template("mistral")).unwrap();
    let calls = " [{\"name\": \"f\", \"arguments\": {\"x\": 1}}, {\"name\": \"get\", \"arguments\": {}}]";
    let expected = [call("f", "{\"x\": 1}"), call("get", "{}")].concat();
    check(format, &format!("¤{calls}"), &expected);
    check(format, &format!("Hm. ¤{calls}"), &[&[text("Hm.")], &expected[..]].concat());
    check(format, "[TOOL_CALLS] is text", &[text("[TOOL_CALLS] is text")]);
}

#[test]
fn llama_calls_are_answers_that_begin_like_one() {
    let format = format(&template("llama3")).unwrap();
    let answer = "{\"name\": \"f2\", \"parameters\": {\"x\": \"{\"}}";
    check(format, answer, &call("f2", "{\"x\": \"{\"}"));
    check(format, &format!("¤{answer}"), &call("f2", "{\"x\": \"{\"}"));
    for plain in ["{\"name\": \"other\", \"parameters\": {}}", "{\"na", &format!(" {answer}"), "Hello"] {
        check(format, plain, &[text(plain)]);
    }
}
