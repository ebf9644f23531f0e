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
pub(crate) fn source(spec: GrammarSpec) -> Result<TopLevelGrammar, SubmitError> {
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
            let quoted: Vec<_> = texts.into_iter().map(|text| Value::from(text).to_string()).collect();
            TopLevelGrammar::from_lark(check_length(
                format!("start: {}", quoted.join(" | ")),
                MAX_SCHEMA_BYTES,
            )?)
        }
        GrammarSpec::Regex(pattern) => TopLevelGrammar::from_regex(&check_length(pattern, MAX_LARK_BYTES)?),
        GrammarSpec::Lark(text) => {
            let text = check_length(text, MAX_LARK_BYTES)?;
            check_numbers(&text)?;
            TopLevelGrammar::from_lark(text)
        }
        GrammarSpec::Calls(mut calls) => {
            for schema in calls.schemas_mut() {
                *schema = check_schema(std::mem::take(schema))?;
            }
            TopLevelGrammar::from_lark(check_length(calls.into_lark(&compact), 2 * MAX_SCHEMA_BYTES)?)
        }
    })
}

fn check_length(text: String, most: usize) -> Result<String, SubmitError> {
    if text.len() > most {
        return Err(unsupported(format!("it has {} bytes, at most {most} are taken", text.len())));
    }
    Ok(text)
}
