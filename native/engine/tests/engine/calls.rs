//! Answers that call functions, over a vocabulary of bytes.

use crate::common;

use common::EOS;
use conduit_engine::{
    CallGrammar, CallMarker, FunctionGrammar, Grammar, GrammarSpec, Otherwise, SubmitError,
};
use serde_json::{Value, json};

/// A special token of the vocabulary.
const MARKER: u32 = 260;

fn weather() -> Value {
    json!({
        "type": "object",
        "properties": { "city": { "type": "string" }, "days": { "type": "array", "items": { "type": "integer" } } },
        "required": ["city"],
        "additionalProperties": false,
    })
}

fn function(name: &str, before: &str, after: &str, arguments: Value) -> FunctionGrammar {
    let before = before.replace("NAME", name);
    FunctionGrammar { name: name.to_owned(), before, arguments, after: after.to_owned() }
}

/// As Qwen writes calls.
fn hermes(otherwise: Otherwise) -> CallGrammar {
    let function = |name, arguments| {
        function(name, "\n{\"name\": \"NAME\", \"arguments\": ", "}\n</tool_call>", arguments)
    };
    CallGrammar {
        functions: vec![function("weather", weather()), function("stop", json!({ "type": "object" }))],
        otherwise,
        marker: CallMarker::Text("<tool_call>".to_owned()),
        head: String::new(),
        separator: Some("\n<tool_call>".to_owned()),
        tail: String::new(),
    }
}

fn compile(calls: CallGrammar) -> Result<Grammar, SubmitError> {
    Grammar::compile(&GrammarSpec::Calls(calls), &common::byte_vocabulary(&[EOS]), common::VOCAB_SIZE)
}

/// Whether an answer is accepted, in which `¤` stands for the special token.
fn accepts(grammar: &Grammar, answer: &str) -> bool {
    let tokens: Vec<_> = answer
        .split_inclusive('¤')
        .flat_map(|piece| {
            let text = piece.strip_suffix('¤');
            text.unwrap_or(piece).bytes().map(u32::from).chain(text.map(|_| MARKER)).collect::<Vec<_>>()
        })
        .collect();
    grammar.accepts(&tokens)
}

const CALL: &str = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\", \"days\": [1, 2]}}\n</tool_call>";
const STOP: &str = "<tool_call>\n{\"name\": \"stop\", \"arguments\": {}}\n</tool_call>";

#[test]
fn text_is_free_up_to_the_marker_and_held_from_there_on() {
    let grammar = compile(hermes(Otherwise::Text)).unwrap();
    for right in [
        "",
        "Hello.",
        "{\"name\": \"weather\"}",
        "a <tool_cal> b",
        CALL,
        &format!("Let me see.\n{CALL}\n{STOP}"),
        &format!("<<tool_<tool{CALL}"),
    ] {
        assert!(accepts(&grammar, right), "{right}");
    }
    for wrong in [
        "<tool_call>",
        "Hm <tool_call>hm",
        &CALL.replace("weather", "other"),
        &CALL.replace("\"Rome\"", "7"),
        &CALL.replace("}}", "}"),
        &format!("{CALL} There."),
        &format!("{CALL}{STOP}"),
        "a¤b",
    ] {
        assert!(!accepts(&grammar, wrong), "{wrong}");
    }
}

#[test]
fn an_answer_that_has_to_call_begins_with_the_marker() {
    let grammar = compile(hermes(Otherwise::Nothing)).unwrap();
    assert!(accepts(&grammar, CALL) && accepts(&grammar, &format!("{STOP}\n{CALL}")));
    assert!(!accepts(&grammar, "") && !accepts(&grammar, &format!("\n{CALL}")));
    let one = compile(CallGrammar { separator: None, ..hermes(Otherwise::Nothing) }).unwrap();
    assert!(accepts(&one, CALL) && !accepts(&one, &format!("{STOP}\n{CALL}")));
}

#[test]
fn an_answer_may_be_of_a_schema_instead() {
    let schema = json!({ "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"] });
    let grammar = compile(hermes(Otherwise::Schema(schema))).unwrap();
    assert!(accepts(&grammar, "{\"n\":1}") && accepts(&grammar, CALL));
    assert!(!accepts(&grammar, "{\"n\": 1}") && !accepts(&grammar, "Hello") && !accepts(&grammar, ""));
}

#[test]
fn a_special_token_begins_calls_and_its_name_does_not() {
    let calls = CallGrammar {
        functions: vec![function(
            "weather",
            "{\"name\": \"NAME\", \"arguments\": ",
            "}",
            json!({ "type": "object" }),
        )],
        otherwise: Otherwise::Text,
        marker: CallMarker::Token(MARKER),
        head: "[".to_owned(),
        separator: Some(", ".to_owned()),
        tail: "]".to_owned(),
    };
    let grammar = compile(calls).unwrap();
    let call = "{\"name\": \"weather\", \"arguments\": {}}";
    for right in ["Hi", "[TOOL_CALLS] hm", &format!("Hi ¤[{call}]"), &format!("¤[{call}, {call}]")] {
        assert!(accepts(&grammar, right), "{right}");
    }
    for wrong in ["¤", "¤Hi", &format!("¤[{call}"), &format!("¤[{call}]Hi")] {
        assert!(!accepts(&grammar, wrong), "{wrong}");
    }
}

#[test]
fn what_begins_like_a_call_is_one_where_nothing_marks_calls() {
    let calls = CallGrammar {
        functions: vec![function("weather", "{\"name\": \"NAME\", \"parameters\": ", "}", weather())],
        otherwise: Otherwise::Text,
        marker: CallMarker::Start { token: Some(MARKER) },
        head: String::new(),
        separator: None,
        tail: String::new(),
    };
    let grammar = compile(calls).unwrap();
    let call = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}";
    for right in
        ["Hi", call, &format!("¤{call}"), "{\"name\": \"Ada\"}", &format!("So: {call}"), "{\"name\": \"wea"]
    {
        assert!(accepts(&grammar, right), "{right}");
    }
    for wrong in [&call.replace("Rome\"", "Rome\", \"x\": 1"), &format!("{call}."), "¤Hi", "¤"] {
        assert!(!accepts(&grammar, wrong), "{wrong}");
    }
}

#[test]
fn a_schema_that_cannot_be_enforced_is_told_with_its_function() {
    let mut calls = hermes(Otherwise::Text);
    calls.functions[1].arguments = json!({ "type": "array", "uniqueItems": true });
    let error = compile(calls).err().unwrap();
    assert_eq!(error.code(), "unsupported_schema");
    let message = error.to_string();
    assert!(message.contains("stop") && message.contains("uniqueItems"), "{message}");
}

#[test]
fn texts_patterns_and_grammars_are_taken() {
    let compile = |spec| Grammar::compile(&spec, &common::byte_vocabulary(&[EOS]), common::VOCAB_SIZE);
    let texts = ["yes", "\"no\"\n", "a\\x41/\\\\b", "\u{7}é"].map(str::to_owned);
    let choice = compile(GrammarSpec::Choice(texts.to_vec())).unwrap();
    assert!(texts.iter().all(|text| accepts(&choice, text)));
    assert!(!accepts(&choice, "ye") && !accepts(&choice, "no"));
    let regex = compile(GrammarSpec::Regex(r"\d{3}-(a|é)/".to_owned())).unwrap();
    assert!(accepts(&regex, "123-é/") && !accepts(&regex, "12-é/") && !accepts(&regex, "123-é/ "));
    let lark = compile(GrammarSpec::Lark("start: \"a\" b+\nb: \"b\" | \"(\" b \")\"".to_owned())).unwrap();
    assert!(accepts(&lark, "ab(b)((b))") && !accepts(&lark, "a") && !accepts(&lark, "ab(b"));
}

#[test]
fn hostile_grammars_are_refused_in_bounded_time_and_stack() {
    let chain: String = (0..3_000).map(|index| format!("r{index}: r{}\n", index + 1)).collect();
    let start = std::time::Instant::now();
    for spec in [
        GrammarSpec::Regex("(".repeat(20_000)),
        GrammarSpec::Regex("a[".to_owned()),
        GrammarSpec::Lark(format!("start: {}", "(".repeat(20_000))),
        GrammarSpec::Lark("start: start start".to_owned()),
        GrammarSpec::Lark("start: other".to_owned()),
        GrammarSpec::Lark("x".repeat(64 << 10)),
        GrammarSpec::Lark(format!("start: r0\n{chain}")),
    ] {
        let compiled = Grammar::compile(&spec, &common::byte_vocabulary(&[EOS]), common::VOCAB_SIZE);
        let code = compiled.err().map(|error| error.code());
        let name = format!("{spec:?}");
        assert_eq!(code, Some("unsupported_schema"), "{}", &name[..name.len().min(80)]);
    }
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}
