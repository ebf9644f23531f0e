use serde_json::Value;

use crate::http::api_error::ApiError;
use crate::http::completions::parse_prompts;
use crate::http::generate::Prompt;
use crate::http::openai::{Fields, refuse};

/// Most inputs of one request, as OpenAI has it: clients cut what they are given to that.
const MAX_INPUTS: usize = 2_048;

/// What other servers have and what would change the answer.
const UNSUPPORTED: &[(&str, &[&str])] =
    &[("messages", &[]), ("truncate_prompt_tokens", &[]), ("add_special_tokens", &["true"])];

/// How vectors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodingFormat {
    /// Arrays of numbers.
    Float,
    /// Little-endian f32, as base64.
    Base64,
}

/// What is to be embedded, and how it is to be answered.
pub(super) struct EmbeddingsRequest {
    pub(super) inputs: Vec<Prompt>,
    pub(super) format: EncodingFormat,
    /// `None` keeps all features.
    pub(super) dimensions: Option<usize>,
}

impl EmbeddingsRequest {
    pub(super) fn parse(fields: Fields<'_>) -> Result<Self, ApiError> {
        refuse(fields, UNSUPPORTED)?;
        let inputs = parse_prompts(fields.required("input")?, MAX_INPUTS);
        let inputs = inputs.map_err(|error| error.with_param(|_| "input".to_owned()))?;
        let dimensions = match fields.integer("dimensions")? {
            Some(number) if number < 1 => {
                let message = format!("dimensions must be at least 1, got {number}");
                return Err(ApiError::bad_request("invalid_value", "dimensions", message));
            }
            number => number.map(|number| number as usize),
        };
        Ok(Self { inputs, format: parse_format(fields)?, dimensions })
    }
}

fn parse_format(fields: Fields<'_>) -> Result<EncodingFormat, ApiError> {
    const NAME: &str = "encoding_format";
    match fields.get(NAME) {
        None => Ok(EncodingFormat::Float),
        Some(Value::String(name)) if name == "float" => Ok(EncodingFormat::Float),
        Some(Value::String(name)) if name == "base64" => Ok(EncodingFormat::Base64),
        Some(other) => {
            let message = format!("{NAME} must be \"float\" or \"base64\", got {other}");
            Err(ApiError::bad_request("invalid_value", NAME, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(request: Value) -> Result<EmbeddingsRequest, String> {
        let parsed = EmbeddingsRequest::parse(Fields(request.as_object().unwrap()));
        parsed.map_err(|error| error.body()["error"]["message"].as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn inputs_come_alone_or_in_arrays_as_text_or_as_tokens() {
        for (input, count) in [
            (json!("a"), 1),
            (json!(["a", "b"]), 2),
            (json!([1, 2, 3]), 1),
            (json!([[1], [2, 3], [4]]), 3),
            (json!(vec!["a"; MAX_INPUTS]), MAX_INPUTS),
        ] {
            let parsed = parse(json!({ "input": input, "user": "me" })).unwrap();
            assert_eq!((parsed.inputs.len(), parsed.dimensions), (count, None));
            assert_eq!(parsed.format, EncodingFormat::Float);
        }
        let parsed = parse(json!({ "input": "a", "encoding_format": "base64", "dimensions": 7 })).unwrap();
        assert_eq!((parsed.format, parsed.dimensions), (EncodingFormat::Base64, Some(7)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (request, message) in [
            (json!({}), "input is missing"),
            (json!({ "input": 1 }), "input must be a string"),
            (json!({ "input": [-1] }), "input must be a string"),
            (json!({ "input": vec!["a"; MAX_INPUTS + 1] }), "input may have 2048 inputs, got 2049"),
            (json!({ "input": "a", "dimensions": 0 }), "dimensions must be at least 1"),
            (json!({ "input": "a", "encoding_format": "int8" }), "encoding_format must be"),
            (json!({ "input": "a", "truncate_prompt_tokens": 4 }), "truncate_prompt_tokens is not supported"),
        ] {
            let error = parse(request.clone()).err().unwrap();
            assert!(error.starts_with(message), "{request}: {error}");
        }
    }
}
