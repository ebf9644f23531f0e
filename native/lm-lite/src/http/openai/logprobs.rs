use serde_json::{Map, Value, json};

use super::common::count;
use super::{Fields, Kind};
use crate::http::api_error::ApiError;
use crate::http::text_tokens::{ProbableToken, TextToken};

/// Most of the most probable tokens that chats tell with each token.
const MAX_OF_CHATS: usize = 20;
/// The same of completions.
const MAX_OF_COMPLETIONS: usize = 5;

/// What stands for a probability of nothing, which JSON has no number for.
const LOWEST_LOGPROB: f32 = -9999.0;

/// How many of the most probable tokens are to be told with each token; `None` where no probabilities are.
pub(super) fn parse_logprobs(fields: Fields<'_>, kind: Kind) -> Result<Option<usize>, ApiError> {
    if kind == Kind::Completion {
        let asked = fields.get("logprobs").is_some_and(|value| value != false);
        return if asked { at_most(fields, "logprobs", MAX_OF_COMPLETIONS) } else { Ok(None) };
    }
    let asked = fields.boolean("logprobs")?.unwrap_or_default();
    let top = at_most(fields, "top_logprobs", MAX_OF_CHATS)?;
    match top {
        Some(1..) if !asked => {
            let message = "top_logprobs needs logprobs: true beside it";
            Err(ApiError::bad_request("invalid_value", "top_logprobs", message))
        }
        top => Ok(asked.then(|| top.unwrap_or_default())),
    }
}

fn at_most(fields: Fields<'_>, name: &str, most: usize) -> Result<Option<usize>, ApiError> {
    match count(fields, name, 0)? {
        Some(number) if number > most => {
            let message = format!("{name} must be at most {most}, got {number}");
            Err(ApiError::bad_request("invalid_value", name, message))
        }
        number => Ok(number),
    }
}

/// The field `logprobs` of a choice, or of a piece of one, with these tokens.
pub(super) fn logprobs(kind: Kind, tokens: &[TextToken]) -> Value {
    match kind {
        Kind::Chat => {
            let content = |token: &TextToken| {
                let mut content = entry(&token.taken);
                content["top_logprobs"] = token.top.iter().map(entry).collect();
                content
            };
            json!({ "content": tokens.iter().map(content).collect::<Vec<_>>(), "refusal": null })
        }
        Kind::Completion => json!({
            "tokens": tokens.iter().map(|token| text(&token.taken)).collect::<Vec<_>>(),
            "token_logprobs": tokens.iter().map(|token| logprob(&token.taken)).collect::<Vec<_>>(),
            "top_logprobs": tokens.iter().map(by_text).collect::<Vec<_>>(),
            "text_offset": tokens.iter().map(|token| token.offset).collect::<Vec<_>>(),
        }),
    }
}

fn entry(token: &ProbableToken) -> Value {
    json!({ "token": text(token), "logprob": logprob(token), "bytes": token.bytes })
}

/// The most probable tokens, and the one that was taken beside them.
fn by_text(token: &TextToken) -> Map<String, Value> {
    let mut logprobs = Map::new();
    for token in token.top.iter().chain([&token.taken]) {
        logprobs.entry(text(token)).or_insert_with(|| logprob(token).into());
    }
    logprobs
}

/// Tokens that are no whole characters have U+FFFD in their place; their bytes are exact.
fn text(token: &ProbableToken) -> String {
    String::from_utf8_lossy(&token.bytes).into_owned()
}

const fn logprob(token: &ProbableToken) -> f32 {
    token.logprob.max(LOWEST_LOGPROB)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(bytes: &[u8], logprob: f32) -> ProbableToken {
        ProbableToken { bytes: bytes.to_vec(), logprob }
    }

    #[test]
    fn each_endpoint_asks_in_its_own_way() {
        let parse = |kind, request: Value| {
            let parsed = parse_logprobs(Fields(request.as_object().unwrap()), kind);
            parsed.map_err(|error| error.body()["error"]["param"].as_str().unwrap_or_default().to_owned())
        };
        for (request, expected) in [
            (json!({}), Ok(None)),
            (json!({ "logprobs": false, "top_logprobs": 0 }), Ok(None)),
            (json!({ "logprobs": true }), Ok(Some(0))),
            (json!({ "logprobs": true, "top_logprobs": 20 }), Ok(Some(20))),
            (json!({ "logprobs": true, "top_logprobs": 21 }), Err("top_logprobs")),
            (json!({ "top_logprobs": 2 }), Err("top_logprobs")),
            (json!({ "logprobs": 2 }), Err("logprobs")),
        ] {
            assert_eq!(parse(Kind::Chat, request.clone()), expected.map_err(str::to_owned), "{request}");
        }
        for (request, expected) in [
            (json!({}), Ok(None)),
            (json!({ "logprobs": 0 }), Ok(Some(0))),
            (json!({ "logprobs": 5 }), Ok(Some(5))),
            (json!({ "logprobs": 6 }), Err("logprobs")),
            (json!({ "logprobs": true }), Err("logprobs")),
        ] {
            assert_eq!(
                parse(Kind::Completion, request.clone()),
                expected.map_err(str::to_owned),
                "{request}"
            );
        }
    }

    #[test]
    fn half_characters_have_their_bytes_and_nothing_is_infinite() {
        let tokens = [TextToken {
            offset: 3,
            taken: token(&[0xf0, 0x9f], f32::NEG_INFINITY),
            top: vec![token(b"a", -0.5), token(b"b", -1.0)],
        }];
        let half = json!({ "token": "\u{FFFD}", "logprob": -9999.0, "bytes": [0xf0, 0x9f] });
        let mut entry = half.clone();
        entry["top_logprobs"] = json!([
            { "token": "a", "logprob": -0.5, "bytes": [97] },
            { "token": "b", "logprob": -1.0, "bytes": [98] },
        ]);
        assert_eq!(logprobs(Kind::Chat, &tokens), json!({ "content": [entry], "refusal": null }));
        let expected = json!({
            "tokens": ["\u{FFFD}"],
            "token_logprobs": [-9999.0],
            "top_logprobs": [{ "a": -0.5, "b": -1.0, "\u{FFFD}": -9999.0 }],
            "text_offset": [3],
        });
        assert_eq!(logprobs(Kind::Completion, &tokens), expected);
    }
}
