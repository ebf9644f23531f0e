use serde_json::Value;

use super::Fields;
use crate::http::api_error::ApiError;

/// Parameters that change the answer and that this server does not have, with the values that ask for nothing.
const UNSUPPORTED: &[(&str, &[&str])] = &[
    ("allowed_token_ids", &["[]"]),
    ("audio", &[]),
    ("bad_words", &["[]"]),
    ("chat_template", &[]),
    ("documents", &["[]"]),
    ("echo", &["false"]),
    ("function_call", &["\"none\"", "\"auto\""]),
    ("functions", &["[]"]),
    ("guided_choice", &[]),
    ("guided_grammar", &[]),
    ("guided_json", &[]),
    ("guided_regex", &[]),
    ("length_penalty", &["1"]),
    ("modalities", &["[\"text\"]"]),
    ("prediction", &[]),
    ("prompt_logprobs", &[]),
    ("suffix", &["\"\""]),
    ("truncate_prompt_tokens", &[]),
    ("typical_p", &["1"]),
    ("use_beam_search", &["false"]),
    ("web_search_options", &[]),
];

/// What only chats have.
const UNSUPPORTED_BY_COMPLETIONS: &[(&str, &[&str])] = &[
    ("messages", &[]),
    ("tool_choice", &["\"none\"", "\"auto\""]),
    ("tools", &["[]"]),
    ("top_logprobs", &["0"]),
];

/// Refuses what the answer would silently lack.
pub(super) fn refuse_unsupported(fields: Fields<'_>) -> Result<(), ApiError> {
    refuse(fields, UNSUPPORTED)
}

/// Refuses what belongs to chats.
pub(crate) fn refuse_chat_fields(fields: Fields<'_>) -> Result<(), ApiError> {
    refuse(fields, UNSUPPORTED_BY_COMPLETIONS)
}

/// Refuses fields of this list, unless they have one of the values that ask for nothing.
pub(crate) fn refuse(fields: Fields<'_>, unsupported: &[(&str, &[&str])]) -> Result<(), ApiError> {
    for (name, value) in fields.iter() {
        let known = unsupported.iter().find(|(known, _)| *known == name);
        let Some((_, neutral)) = known else { continue };
        if neutral.iter().any(|neutral| is(value, neutral)) {
            continue;
        }
        let allowed = match neutral {
            [] => "leave it out".to_owned(),
            neutral => format!("leave it out, or set it to {}", neutral.join(" or ")),
        };
        let message = format!("{name} is not supported by this server; {allowed}");
        return Err(ApiError::bad_request("unsupported_parameter", name, message));
    }
    Ok(())
}

fn is(value: &Value, neutral: &str) -> bool {
    match (value.as_f64(), neutral.parse::<f64>()) {
        (Some(value), Ok(neutral)) => value == neutral,
        _ => serde_json::from_str::<Value>(neutral).is_ok_and(|neutral| neutral == *value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(request: Value) -> Option<String> {
        let error = refuse_unsupported(Fields(request.as_object().unwrap())).err()?;
        Some(error.body()["error"]["param"].as_str().unwrap().to_owned())
    }

    #[test]
    fn what_asks_for_nothing_passes() {
        let request = json!({
            "length_penalty": 1.0, "bad_words": [], "modalities": ["text"], "audio": null, "user": "me", "store": true, "something_new": {"a": 1},
        });
        assert_eq!(refused(request), None);
    }

    #[test]
    fn what_the_answer_would_lack_is_refused_by_name() {
        for request in [
            json!({ "length_penalty": 1.1 }),
            json!({ "suffix": "end" }),
            json!({ "guided_json": {} }),
            json!({ "modalities": ["text", "audio"] }),
        ] {
            let name = request.as_object().unwrap().keys().next().cloned();
            assert_eq!(refused(request), name);
        }
    }
}
