use serde_json::{Map, Value, json};

use super::Fields;
use super::message_calls::{name_results, parse_calls};
use crate::http::api_error::ApiError;

/// The messages of a chat as chat templates take them: known roles, text, and calls of functions with their results.
pub(crate) fn parse_messages(fields: Fields<'_>) -> Result<Vec<Value>, ApiError> {
    let messages = fields.required("messages")?;
    let Some(messages) = messages.as_array() else {
        return Err(ApiError::invalid_type("messages", "an array", messages));
    };
    if messages.is_empty() {
        return Err(ApiError::bad_request(
            "invalid_value",
            "messages",
            "messages must have at least one message",
        ));
    }
    let parse = |(index, message)| parse_message(&format!("messages[{index}]"), message);
    let mut parsed: Vec<_> = messages.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
    name_results(&mut parsed);
    Ok(parsed)
}

fn parse_message(path: &str, message: &Value) -> Result<Value, ApiError> {
    let Some(fields) = message.as_object() else {
        return Err(ApiError::invalid_type(path, "an object", message));
    };
    let role = match fields.get("role").and_then(Value::as_str) {
        // Templates know the older name of what instructs the model.
        Some("system" | "developer") => "system",
        Some("user") => "user",
        Some("assistant") => "assistant",
        Some("tool") => "tool",
        _ => {
            let found = fields.get("role").unwrap_or(&Value::Null);
            let message =
                format!("{path}.role must be system, developer, user, assistant or tool, got {found}");
            return Err(ApiError::bad_request("invalid_value", format!("{path}.role"), message));
        }
    };
    for unsupported in ["function_call", "audio"] {
        if fields.get(unsupported).is_some_and(|value| !value.is_null() && value != &json!([])) {
            return Err(not_text(&format!("{path}.{unsupported}"), unsupported));
        }
    }
    let calls = match role {
        "assistant" => parse_calls(&format!("{path}.tool_calls"), fields.get("tool_calls"))?,
        _ => None,
    };
    let mut parsed = Map::new();
    parsed.insert("role".to_owned(), role.into());
    let content = match fields.get("content") {
        // Not null, which some templates take for text.
        None | Some(Value::Null) if calls.is_some() => String::new(),
        _ => parse_content(&format!("{path}.content"), fields)?,
    };
    parsed.insert("content".to_owned(), content.into());
    if let Some(calls) = calls {
        parsed.insert("tool_calls".to_owned(), calls);
    }
    for name in ["name", "reasoning_content", "tool_call_id"] {
        if let Some(value @ Value::String(_)) = fields.get(name) {
            parsed.insert(name.to_owned(), value.clone());
        }
    }
    Ok(Value::Object(parsed))
}

/// A text, or parts that are texts, one below the other.
fn parse_content(path: &str, fields: &Map<String, Value>) -> Result<String, ApiError> {
    let content = fields.get("content").unwrap_or(&Value::Null);
    match content {
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => {
            let text = |(index, part): (usize, &Value)| {
                let path = format!("{path}[{index}]");
                match (part["type"].as_str(), part["text"].as_str()) {
                    (Some("text"), Some(text)) => Ok(text.to_owned()),
                    (Some("text"), None) => {
                        Err(ApiError::invalid_type(&format!("{path}.text"), "a string", &part["text"]))
                    }
                    (kind, _) => Err(not_text(&format!("{path}.type"), kind.unwrap_or("without a type"))),
                }
            };
            let texts: Vec<_> = parts.iter().enumerate().map(text).collect::<Result<_, _>>()?;
            Ok(texts.join("\n"))
        }
        _ => Err(ApiError::invalid_type(path, "a string or an array of parts", content)),
    }
}

fn not_text(path: &str, found: &str) -> ApiError {
    ApiError::bad_request(
        "unsupported_parameter",
        path,
        format!("{path}: this server takes text only, got {found}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(messages: Value) -> Result<Vec<Value>, String> {
        let request = json!({ "messages": messages });
        let parsed = parse_messages(Fields(request.as_object().unwrap()));
        parsed.map_err(|error| error.body()["error"]["param"].as_str().unwrap_or_default().to_owned())
    }

    #[test]
    fn texts_and_parts_become_texts() {
        let messages = json!([
            { "role": "developer", "content": "Be brief.", "unknown": 1 },
            { "role": "user", "content": [{ "type": "text", "text": "a" }, { "type": "text", "text": "b" }], "name": "n" },
            { "role": "assistant", "content": "", "tool_calls": [], "refusal": null },
            { "role": "assistant", "content": null, "tool_calls": [
                { "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{\"b\": 1, \"a\": [2]}" } },
            ] },
            { "role": "tool", "tool_call_id": "c1", "content": [{ "type": "text", "text": "7" }] },
        ]);
        let expected = vec![
            json!({ "role": "system", "content": "Be brief." }),
            json!({ "role": "user", "content": "a\nb", "name": "n" }),
            json!({ "role": "assistant", "content": "" }),
            json!({ "role": "assistant", "content": "", "tool_calls": [
                { "id": "c1", "type": "function", "function": { "name": "f", "arguments": { "b": 1, "a": [2] } } },
            ] }),
            json!({ "role": "tool", "content": "7", "tool_call_id": "c1", "name": "f" }),
        ];
        assert_eq!(parse(messages), Ok(expected));
    }

    #[test]
    fn what_is_no_text_is_named_by_its_path() {
        let image = json!({ "type": "image_url", "image_url": { "url": "data:" } });
        for (messages, param) in [
            (json!("hello"), "messages"),
            (json!([]), "messages"),
            (json!(["hello"]), "messages[0]"),
            (json!([{ "content": "a" }]), "messages[0].role"),
            (json!([{ "role": "function", "content": "a" }]), "messages[0].role"),
            (json!([{ "role": "tool" }]), "messages[0].content"),
            (json!([{ "role": "user" }]), "messages[0].content"),
            (
                json!([{ "role": "user", "content": "a" }, { "role": "user", "content": 5 }]),
                "messages[1].content",
            ),
            (
                json!([{ "role": "user", "content": [{ "type": "text", "text": "a" }, image] }]),
                "messages[0].content[1].type",
            ),
            (json!([{ "role": "user", "content": [{ "type": "text" }] }]), "messages[0].content[0].text"),
            (json!([{ "role": "assistant", "tool_calls": [{}] }]), "messages[0].tool_calls[0].function"),
            (json!([{ "role": "assistant", "tool_calls": 1 }]), "messages[0].tool_calls"),
            (
                json!([{ "role": "assistant", "tool_calls": [{ "function": { "name": "f", "arguments": "{" } }] }]),
                "messages[0].tool_calls[0].function.arguments",
            ),
        ] {
            assert_eq!(parse(messages.clone()), Err(param.to_owned()), "{messages}");
        }
    }
}
