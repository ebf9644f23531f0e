//! What an answer is to be held to, as callers may write it.

use std::sync::Arc;

use conduit_engine::{Grammar, GrammarSpec, TokenBytes, Vocabulary};
use conduit_testkit::random::Random;
use serde_json::{Value, json};

use crate::mutate;
use crate::run::{Verdict, fuzz};

const VOCAB_SIZE: usize = 300;

fn vocabulary() -> Arc<Vocabulary> {
    let text =
        |id: usize| TokenBytes::Text(if id < 256 { vec![id as u8] } else { format!("ab{id}").into_bytes() });
    let mut tokens: Vec<_> = (0..VOCAB_SIZE - 1).map(text).collect();
    tokens.push(TokenBytes::Special(b"<end>".to_vec()));
    Arc::new(Vocabulary::new(tokens, &[VOCAB_SIZE as u32 - 1], None).unwrap())
}

/// Compiles a grammar and walks into it with texts that may or may not belong to it.
fn try_grammar(spec: GrammarSpec, vocabulary: &Arc<Vocabulary>) -> Verdict {
    let Ok(grammar) = Grammar::compile(&spec, vocabulary, VOCAB_SIZE) else { return Verdict::Refused };
    for text in ["", "{\"a\":1,\"b\":[true,null,\"x\"]}", "[1,2.5,-3e4]", "\"é\\u0000\"", "aaab-123"] {
        grammar.accepts(&text.bytes().map(u32::from).collect::<Vec<_>>());
    }
    Verdict::Taken
}

fn schemas() -> [Value; 6] {
    let name = json!({ "type": "string", "maxLength": 6, "pattern": "^[a-z]+$" });
    [
        json!({
            "type": "object", "additionalProperties": false, "required": ["a", "b"],
            "properties": { "a": { "type": "integer", "minimum": 0, "maximum": 99, "multipleOf": 3 }, "b": { "type": "array", "items": name, "minItems": 1, "maxItems": 3 } },
        }),
        json!({ "anyOf": [{ "const": [1, { "a": null }] }, { "enum": ["x", 2, false] }, { "type": ["number", "null"] }] }),
        json!({
            "$defs": { "node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/node" }, "value": name } } },
            "$ref": "#/$defs/node",
        }),
        json!({ "allOf": [{ "type": "object", "properties": { "a": { "type": "string", "format": "date-time" } } }, { "required": ["a"] }] }),
        json!({ "type": "object", "patternProperties": { "^x-[0-9]{1,4}$": { "type": "boolean" } }, "additionalProperties": { "type": "number", "exclusiveMinimum": -1.5 } }),
        json!({ "oneOf": [{ "type": "array", "prefixItems": [{ "type": "integer" }, { "type": "string", "minLength": 2 }], "items": false }, { "type": "string", "format": "uuid" }] }),
    ]
}

#[test]
fn json_schemas() {
    let (vocabulary, schemas) = (vocabulary(), schemas());
    let make =
        |random: &mut Random| mutate::json(random.pick(&schemas).clone(), random).to_string().into_bytes();
    fuzz("schema", 1_500, make, |input| {
        // What is nested too deep for a reader comes with no request.
        let Ok(schema) = serde_json::from_slice(input) else { return Verdict::Refused };
        try_grammar(GrammarSpec::JsonSchema(schema), &vocabulary)
    });
}

#[test]
fn regular_expressions() {
    let vocabulary = vocabulary();
    let seeds = ["[a-c]{2,9}-[0-9]{3}", "(a|b|ab)*c+", "\\p{L}+(?:\\s\\w{0,5})?", "^(?i)x[^\\n]*$"];
    let words = ["(", ")*", "{0,99999}", "[^", "\\p{", "|", "(?=a)", "\\1", "(?P<n>", "{3}{3}{9}", ".*"];
    let make = |random: &mut Random| mutate::bytes(random.pick(&seeds).as_bytes(), &words, random);
    fuzz("regex", 1_500, make, |input| {
        try_grammar(GrammarSpec::Regex(String::from_utf8_lossy(input).into_owned()), &vocabulary)
    });
}

#[test]
fn lark_grammars() {
    let vocabulary = vocabulary();
    let seeds = [
        "start: \"a\" b\nb: \"(\" c* \")\"\nc: /[0-9]+/ | \"x\"~2..5",
        "start: item (\",\" item)*\nitem: NAME \"=\" value\nNAME: /[a-z]{1,8}/\n?value: NAME | \"[\" start \"]\"",
        "%import common.INT\nstart: INT | \"<\" %json { \"type\": \"array\" } \">\"",
    ];
    let words = [
        "start:",
        "start",
        "~9999",
        "%json {",
        "%ignore / /",
        "(",
        "\"\"",
        "/(/",
        "?",
        "+",
        "\n",
        "| ",
        "%import common.WS",
    ];
    let make = |random: &mut Random| mutate::bytes(random.pick(&seeds).as_bytes(), &words, random);
    fuzz("lark", 600, make, |input| {
        try_grammar(GrammarSpec::Lark(String::from_utf8_lossy(input).into_owned()), &vocabulary)
    });
}
