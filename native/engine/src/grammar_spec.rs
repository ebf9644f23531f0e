use llguidance::JsonCompileOptions;
use llguidance::api::TopLevelGrammar;
use serde_json::{Value, json};

use crate::grammar::schema::{MAX_SCHEMA_BYTES, check_numbers, check_schema};
use crate::grammar::unsupported;
use crate::{CallGrammar, SubmitError};

/// Longest grammar of a caller's own that is taken.
const MAX_LARK_BYTES: usize = 32 << 10;

/// What an answer is held to.
#[derive(Clone, Debug, PartialEq)]
pub enum GrammarSpec {
    /// A JSON Schema, without white space outside strings; one with a keyword that cannot be enforced is refused.
    JsonSchema(Value),
    /// Any JSON object, without white space outside strings.
    JsonObject,
    /// One of these texts.
    Choice(Vec<String>),
    /// A text that a regular expression matches as a whole.
    Regex(String),
    /// A grammar in llguidance's variant of Lark.
    Lark(String),
    /// Calls of functions.
    Calls(CallGrammar),
}

/// A grammar in the form that llguidance takes.
pub(crate) fn source(spec: &GrammarSpec) -> Result<TopLevelGrammar, SubmitError> {
    let compact = JsonCompileOptions {
        item_separator: ",".to_owned(),
        key_separator: ":".to_owned(),
        whitespace_flexible: false,
        lenient: false,
        coerce_one_of: false,
        ..JsonCompileOptions::default()
    };
    let json = |mut schema: Value| {
        compact.apply_to(&mut schema);
        TopLevelGrammar::from_json_schema(schema)
    };
    Ok(match spec {
        GrammarSpec::JsonSchema(schema) => json(check_schema(schema)?),
        GrammarSpec::JsonObject => json(json!({ "type": "object" })),
        GrammarSpec::Choice(texts) => {
            let quoted: Vec<_> = texts.iter().map(|text| Value::from(text.as_str()).to_string()).collect();
            let lark = format!("start: {}", quoted.join(" | "));
            check_length(&lark, MAX_SCHEMA_BYTES)?;
            TopLevelGrammar::from_lark(lark)
        }
        GrammarSpec::Regex(pattern) => TopLevelGrammar::from_regex(check_length(pattern, MAX_LARK_BYTES)?),
        GrammarSpec::Lark(text) => {
            check_numbers(check_length(text, MAX_LARK_BYTES)?)?;
            TopLevelGrammar::from_lark(text.clone())
        }
        GrammarSpec::Calls(calls) => {
            let mut calls = calls.clone();
            for schema in calls.schemas_mut() {
                *schema = check_schema(schema)?;
            }
            let lark = calls.into_lark(&compact);
            check_length(&lark, 2 * MAX_SCHEMA_BYTES)?;
            TopLevelGrammar::from_lark(lark)
        }
    })
}

fn check_length(text: &str, most: usize) -> Result<&str, SubmitError> {
    if text.len() > most {
        return Err(unsupported(format!("it has {} bytes, at most {most} are taken", text.len())));
    }
    Ok(text)
}
