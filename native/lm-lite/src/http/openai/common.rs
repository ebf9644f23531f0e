use conduit_engine::Sampling;
use serde_json::Value;

use super::logit_bias::parse_logit_bias;
use super::logprobs::parse_logprobs;
use super::response_format::{Format, parse_format};
use super::unsupported::refuse_unsupported;
use super::{Fields, Kind};
use crate::http::api_error::ApiError;

/// Most answers to one prompt.
const MAX_CHOICES: usize = 128;
/// Most stop strings of one request.
const MAX_STOPS: usize = 16;
/// Most bytes of them together.
const MAX_STOP_BYTES: usize = 16 << 10;
/// Most tokens of one request that end its answer.
const MAX_STOP_TOKENS: usize = 256;

/// What chats and completions have in common.
#[derive(Clone)]
pub(crate) struct CommonParameters {
    pub(crate) stream: bool,
    /// Whether a stream ends with the usage.
    pub(crate) include_usage: bool,
    /// How many answers are wanted to each prompt.
    pub(crate) choices: usize,
    pub(crate) max_tokens: Option<usize>,
    pub(crate) sampling: Sampling,
    pub(crate) seed: Option<u64>,
    pub(crate) stops: Vec<String>,
    /// Whether the stop string that ended an answer is part of it.
    pub(crate) includes_stop: bool,
    /// Whether control tokens leave no trace in the text.
    pub(crate) skips_special: bool,
    pub(crate) stop_tokens: Vec<u32>,
    /// Tokens of an answer before it may end.
    pub(crate) min_tokens: usize,
    /// Whether the model's own ends are tokens like others.
    pub(crate) ignores_eos: bool,
    /// How many of the most probable tokens to tell with each token; `None` tells no probabilities.
    pub(crate) logprobs: Option<usize>,
    /// What the answer is held to.
    pub(crate) format: Option<Format>,
}

impl CommonParameters {
    /// `default` is what holds where the request says nothing about sampling.
    pub(crate) fn parse(fields: Fields<'_>, kind: Kind, default: Sampling) -> Result<Self, ApiError> {
        refuse_unsupported(fields)?;
        let stream_options = fields.object("stream_options")?;
        let include_usage = stream_options.map(|options| options.boolean("include_usage")).transpose()?;
        let max_tokens = match count(fields, "max_completion_tokens", 1)? {
            None => count(fields, "max_tokens", 1)?,
            given => given,
        };
        // Both are ways to say "all".
        let top_k = match fields.integer("top_k")? {
            Some(-1) => Some(0),
            _ => count(fields, "top_k", 0)?,
        };
        Ok(Self {
            stream: fields.boolean("stream")?.unwrap_or_default(),
            include_usage: include_usage.flatten().unwrap_or_default(),
            choices: parse_choices(fields)?,
            max_tokens,
            sampling: Sampling {
                temperature: fields.number("temperature")?.unwrap_or(default.temperature),
                top_p: fields.number("top_p")?.unwrap_or(default.top_p),
                top_k: top_k.map_or(default.top_k, |top_k| u32::try_from(top_k).unwrap_or(0)),
                min_p: fields.number("min_p")?.unwrap_or(default.min_p),
                repetition_penalty: fields
                    .number("repetition_penalty")?
                    .unwrap_or(default.repetition_penalty),
                frequency_penalty: fields.number("frequency_penalty")?.unwrap_or(default.frequency_penalty),
                presence_penalty: fields.number("presence_penalty")?.unwrap_or(default.presence_penalty),
                logit_bias: parse_logit_bias(fields)?,
            },
            seed: fields.integer("seed")?.map(i64::cast_unsigned),
            stops: parse_stops(fields)?,
            includes_stop: fields.boolean("include_stop_str_in_output")?.unwrap_or_default(),
            skips_special: fields.boolean("skip_special_tokens")?.unwrap_or(true),
            stop_tokens: parse_stop_tokens(fields)?,
            min_tokens: count(fields, "min_tokens", 0)?.unwrap_or_default(),
            ignores_eos: fields.boolean("ignore_eos")?.unwrap_or_default(),
            logprobs: parse_logprobs(fields, kind)?,
            format: parse_format(fields)?,
        })
    }
}

pub(super) fn count(fields: Fields<'_>, name: &str, least: i64) -> Result<Option<usize>, ApiError> {
    match fields.integer(name)? {
        Some(number) if number < least => Err(ApiError::bad_request(
            "invalid_value",
            name,
            format!("{name} must be at least {least}, got {number}"),
        )),
        number => Ok(number.map(|number| number as usize)),
    }
}

/// `n`, and `best_of`, of which this server has no other than `n`.
fn parse_choices(fields: Fields<'_>) -> Result<usize, ApiError> {
    let choices = count(fields, "n", 1)?.unwrap_or(1);
    let invalid = |name, message| Err(ApiError::bad_request("invalid_value", name, message));
    if choices > MAX_CHOICES {
        return invalid("n", format!("n must be at most {MAX_CHOICES}, got {choices}"));
    }
    match count(fields, "best_of", 1)? {
        Some(best_of) if best_of != choices => {
            let message = "best_of must be the same as n: this server gives all of its answers";
            invalid("best_of", format!("{message}; n is {choices}, got {best_of}"))
        }
        _ => Ok(choices),
    }
}

fn parse_stops(fields: Fields<'_>) -> Result<Vec<String>, ApiError> {
    let Some(stop) = fields.get("stop") else { return Ok(Vec::new()) };
    let stops = match stop {
        Value::String(stop) => Some(vec![stop.clone()]),
        Value::Array(stops) => stops.iter().map(|stop| stop.as_str().map(ToOwned::to_owned)).collect(),
        _ => None,
    };
    let stops =
        stops.ok_or_else(|| ApiError::invalid_type("stop", "a string or an array of strings", stop))?;
    if stops.len() > MAX_STOPS {
        let message = format!("stop may have {MAX_STOPS} strings, got {}", stops.len());
        return Err(ApiError::bad_request("invalid_value", "stop", message));
    }
    // Each choice looks for them by itself.
    let bytes = stops.iter().map(String::len).sum::<usize>();
    if bytes > MAX_STOP_BYTES {
        let message = format!("the strings of stop may have {MAX_STOP_BYTES} bytes together, got {bytes}");
        return Err(ApiError::bad_request("invalid_value", "stop", message));
    }
    Ok(stops)
}

fn parse_stop_tokens(fields: Fields<'_>) -> Result<Vec<u32>, ApiError> {
    const NAME: &str = "stop_token_ids";
    let Some(given) = fields.get(NAME) else { return Ok(Vec::new()) };
    let token = |token: &Value| u32::try_from(token.as_u64()?).ok();
    let tokens = given.as_array().and_then(|tokens| tokens.iter().map(token).collect::<Option<Vec<_>>>());
    let tokens = tokens.filter(|tokens| tokens.len() <= MAX_STOP_TOKENS);
    tokens.ok_or_else(|| {
        ApiError::invalid_type(NAME, &format!("an array of at most {MAX_STOP_TOKENS} token ids"), given)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use conduit_engine::GrammarSpec;
    use serde_json::json;

    use super::*;

    fn parse(request: Value) -> Result<CommonParameters, String> {
        let fields = Fields(request.as_object().unwrap());
        let parsed = CommonParameters::parse(fields, Kind::Chat, Sampling::GREEDY);
        parsed.map_err(|error| error.body()["error"]["param"].as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_is_absent_or_null_has_the_models_defaults() {
        let parameters = parse(json!({ "temperature": null, "stream": null, "stop": null })).ok().unwrap();
        assert_eq!(parameters.sampling, Sampling::GREEDY);
        assert!(!parameters.stream && !parameters.include_usage && parameters.stops.is_empty());
        assert_eq!((parameters.max_tokens, parameters.seed, parameters.choices), (None, None, 1));
    }

    #[test]
    fn stop_strings_are_short() {
        let fits = "x".repeat(MAX_STOP_BYTES);
        assert!(parse(json!({ "stop": [fits] })).is_ok());
        assert_eq!(parse(json!({ "stop": [fits, "y"] })).err().as_deref(), Some("stop"));
    }

    #[test]
    fn what_is_given_is_taken() {
        let parameters = parse(json!({
            "n": 3, "best_of": 3, "stream": true, "stream_options": { "include_usage": true }, "max_tokens": 5, "max_completion_tokens": 7,
            "temperature": 0.5, "top_p": 0.9, "top_k": -1, "min_p": 0.1, "seed": -1, "stop": "x", "stop_token_ids": [7],
            "response_format": { "type": "json_schema", "json_schema": { "name": "n", "schema": { "type": "null" } } },
            "repetition_penalty": 1.1, "frequency_penalty": -1, "presence_penalty": 0.5, "logit_bias": { "7": 3 },
        }))
        .ok()
        .unwrap();
        assert!(parameters.stream && parameters.include_usage);
        assert_eq!((parameters.max_tokens, parameters.seed), (Some(7), Some(u64::MAX)));
        assert_eq!(parameters.choices, 3);
        let expected = Sampling {
            temperature: 0.5,
            top_p: 0.9,
            top_k: 0,
            min_p: 0.1,
            repetition_penalty: 1.1,
            frequency_penalty: -1.0,
            presence_penalty: 0.5,
            logit_bias: Some(Arc::new(BTreeMap::from([(7, 3.0)]))),
        };
        assert_eq!(parameters.sampling, expected);
        assert_eq!((parameters.stops, parameters.stop_tokens), (vec!["x".to_owned()], vec![7]));
        let schema = Arc::new(GrammarSpec::JsonSchema(json!({ "type": "null" })));
        assert_eq!(parameters.format, Some(Format { grammar: schema, param: "response_format" }));
    }

    #[test]
    fn prompts_and_choices_share_what_may_be_large() {
        let parameters = parse(json!({
            "response_format": { "type": "json_schema", "json_schema": { "schema": {} } }, "logit_bias": { "7": 3 },
        }));
        let (first, second) = (parameters.clone().ok().unwrap(), parameters.ok().unwrap());
        assert!(Arc::ptr_eq(&first.format.unwrap().grammar, &second.format.unwrap().grammar));
        assert!(Arc::ptr_eq(&first.sampling.logit_bias.unwrap(), &second.sampling.logit_bias.unwrap()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (request, param) in [
            (json!({ "temperature": "hot" }), "temperature"),
            (json!({ "max_tokens": 0 }), "max_tokens"),
            (json!({ "max_tokens": 1.5 }), "max_tokens"),
            (json!({ "max_completion_tokens": -1 }), "max_completion_tokens"),
            (json!({ "top_k": -2 }), "top_k"),
            (json!({ "seed": "s" }), "seed"),
            (json!({ "repetition_penalty": "much" }), "repetition_penalty"),
            (json!({ "frequency_penalty": [] }), "frequency_penalty"),
            (json!({ "presence_penalty": {} }), "presence_penalty"),
            (json!({ "logit_bias": { "a": 1 } }), "logit_bias"),
            (json!({ "stream": "yes" }), "stream"),
            (json!({ "stream_options": true }), "stream_options"),
            (json!({ "stop": [1] }), "stop"),
            (json!({ "stop": vec!["a"; 17] }), "stop"),
            (json!({ "stop_token_ids": [-1] }), "stop_token_ids"),
            (json!({ "stop_token_ids": vec![1; 257] }), "stop_token_ids"),
            (json!({ "response_format": { "type": "xml" } }), "response_format"),
            (json!({ "response_format": { "type": "json_schema" } }), "response_format"),
            (json!({ "response_format": {} }), "response_format"),
            (json!({ "n": 0 }), "n"),
            (json!({ "min_tokens": -1 }), "min_tokens"),
            (json!({ "ignore_eos": 1 }), "ignore_eos"),
            (json!({ "include_stop_str_in_output": "yes" }), "include_stop_str_in_output"),
            (json!({ "skip_special_tokens": 0 }), "skip_special_tokens"),
            (json!({ "n": 129 }), "n"),
            (json!({ "n": 2, "best_of": 3 }), "best_of"),
            (json!({ "best_of": 2 }), "best_of"),
        ] {
            assert_eq!(parse(request.clone()).err().as_deref(), Some(param), "{request}");
        }
    }
}
