use std::sync::Arc;

use conduit_engine::GrammarSpec;
use serde_json::Value;

use super::Fields;
use crate::http::api_error::ApiError;

const RESPONSE_FORMAT: &str = "response_format";
const STRUCTURED_OUTPUTS: &str = "structured_outputs";

/// Most texts that an answer may be one of.
const MAX_CHOICES: usize = 10_000;

/// What an answer is held to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Format {
    pub(crate) grammar: Arc<GrammarSpec>,
    /// The field that asks for it.
    pub(crate) param: &'static str,
}

/// What `response_format` or `structured_outputs` holds the answer to.
pub(super) fn parse_format(fields: Fields<'_>) -> Result<Option<Format>, ApiError> {
    let response = parse_response_format(fields)?;
    let structured = parse_structured_outputs(fields)?;
    match (response, structured) {
        (Some(_), Some(_)) => Err(invalid(
            STRUCTURED_OUTPUTS,
            "structured_outputs and response_format are both set; an answer is held to one of them",
        )),
        (Some(grammar), None) => Ok(Some(Format { grammar: Arc::new(grammar), param: RESPONSE_FORMAT })),
        (None, Some(grammar)) => Ok(Some(Format { grammar: Arc::new(grammar), param: STRUCTURED_OUTPUTS })),
        (None, None) => Ok(None),
    }
}

fn parse_response_format(fields: Fields<'_>) -> Result<Option<GrammarSpec>, ApiError> {
    let Some(format) = fields.object(RESPONSE_FORMAT)? else { return Ok(None) };
    let invalid = |message: &str| invalid(RESPONSE_FORMAT, message);
    let kind = format.required("type").map_err(|_| invalid("response_format.type is missing"))?;
    match kind.as_str() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(GrammarSpec::JsonObject)),
        Some("json_schema") => {
            let schema = format.object("json_schema")?.and_then(|json_schema| json_schema.get("schema"));
            let missing = || invalid("response_format.json_schema.schema is missing");
            Ok(Some(GrammarSpec::JsonSchema(schema.ok_or_else(missing)?.clone())))
        }
        _ => Err(invalid(&format!(
            "response_format.type must be text, json_object or json_schema, got {kind}"
        ))),
    }
}

/// As vLLM has it: one of several ways to hold an answer to a shape.
fn parse_structured_outputs(fields: Fields<'_>) -> Result<Option<GrammarSpec>, ApiError> {
    let Some(outputs) = fields.object(STRUCTURED_OUTPUTS)? else { return Ok(None) };
    let invalid = |message: &str| invalid(STRUCTURED_OUTPUTS, message);
    let mut grammar = None;
    for (name, value) in outputs.iter().filter(|(name, value)| *name != "json_object" || **value != false) {
        let text = || {
            let wrong = || ApiError::invalid_type(&format!("{STRUCTURED_OUTPUTS}.{name}"), "a string", value);
            value.as_str().map(ToOwned::to_owned).ok_or_else(wrong)
        };
        let parsed = match name {
            "json" => GrammarSpec::JsonSchema(schema(value)?),
            "json_object" => GrammarSpec::JsonObject,
            "regex" => GrammarSpec::Regex(text()?),
            "grammar" => GrammarSpec::Lark(text()?),
            "choice" => GrammarSpec::Choice(choices(value)?),
            _ => {
                let path = format!("{STRUCTURED_OUTPUTS}.{name}");
                let known = "json, json_object, regex, choice and grammar";
                let message = format!("{path} is not supported by this server; it knows {known}");
                return Err(ApiError::bad_request("unsupported_parameter", path, message));
            }
        };
        if grammar.replace(parsed).is_some() {
            return Err(invalid("structured_outputs has more than one field; an answer is held to one"));
        }
    }
    grammar.map_or_else(
        || Err(invalid("structured_outputs has no field that holds the answer")),
        |grammar| Ok(Some(grammar)),
    )
}

/// A schema as JSON, or as text that is JSON.
fn schema(value: &Value) -> Result<Value, ApiError> {
    let Some(text) = value.as_str() else { return Ok(value.clone()) };
    serde_json::from_str(text)
        .map_err(|error| invalid(STRUCTURED_OUTPUTS, &format!("structured_outputs.json is no JSON: {error}")))
}

fn choices(value: &Value) -> Result<Vec<String>, ApiError> {
    let texts = value.as_array().filter(|texts| (1..=MAX_CHOICES).contains(&texts.len()));
    let texts = texts.and_then(|texts| {
        texts.iter().map(|text| text.as_str().map(ToOwned::to_owned)).collect::<Option<Vec<_>>>()
    });
    let path = format!("{STRUCTURED_OUTPUTS}.choice");
    texts.ok_or_else(|| ApiError::invalid_type(&path, "an array of 1 to 10000 strings", value))
}

fn invalid(param: &str, message: &str) -> ApiError {
    ApiError::bad_request("invalid_value", param, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(outputs: Value) -> Result<GrammarSpec, String> {
        let request = json!({ "structured_outputs": outputs });
        let parsed = parse_format(Fields(request.as_object().unwrap()));
        let param = |error: ApiError| error.body()["error"]["param"].as_str().unwrap_or_default().to_owned();
        parsed.map(|format| (*format.unwrap().grammar).clone()).map_err(param)
    }

    #[test]
    fn structured_outputs_are_one_of_several_ways() {
        let text = |text: &str| text.to_owned();
        for (outputs, expected) in [
            (json!({ "regex": "a+" }), GrammarSpec::Regex(text("a+"))),
            (json!({ "choice": ["a", "b"] }), GrammarSpec::Choice(vec![text("a"), text("b")])),
            (json!({ "grammar": "start: \"a\"", "regex": null }), GrammarSpec::Lark(text("start: \"a\""))),
            (json!({ "json": { "type": "null" } }), GrammarSpec::JsonSchema(json!({ "type": "null" }))),
            (json!({ "json": "{\"type\":\"null\"}" }), GrammarSpec::JsonSchema(json!({ "type": "null" }))),
            (json!({ "json_object": true }), GrammarSpec::JsonObject),
        ] {
            assert_eq!(parse(outputs.clone()), Ok(expected), "{outputs}");
        }
        for (outputs, param) in [
            (json!({}), "structured_outputs"),
            (json!("a"), "structured_outputs"),
            (json!({ "regex": "a", "choice": ["a"] }), "structured_outputs"),
            (json!({ "json": "{" }), "structured_outputs"),
            (json!({ "regex": 1 }), "structured_outputs.regex"),
            (json!({ "choice": [] }), "structured_outputs.choice"),
            (json!({ "choice": [1] }), "structured_outputs.choice"),
            (json!({ "structural_tag": "x" }), "structured_outputs.structural_tag"),
        ] {
            assert_eq!(parse(outputs.clone()), Err(param.to_owned()), "{outputs}");
        }
    }

    #[test]
    fn an_answer_is_held_to_one_format() {
        let request =
            json!({ "structured_outputs": { "regex": "a" }, "response_format": { "type": "json_object" } });
        assert!(parse_format(Fields(request.as_object().unwrap())).is_err());
    }
}
