use serde_json::{Map, Value, json};

use super::Fields;
use crate::http::api_error::ApiError;

/// The messages of a chat as chat templates take them: known roles, and text.
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
    messages.iter().enumerate().map(parse).collect()
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
        _ => {
            let found = fields.get("role").unwrap_or(&Value::Null);
            let message = format!("{path}.role must be system, developer, user or assistant, got {found}");
            return Err(ApiError::bad_request("invalid_value", format!("{path}.role"), message));
        }
    };
    for unsupported in ["tool_calls", "function_call", "audio"] {
        if fields.get(unsupported).is_some_and(|value| !value.is_null() && value != &json!([])) {
            return Err(not_text(&format!("{path}.{unsupported}"), unsupported));
        }
    }
    let mut parsed = Map::new();
    parsed.insert("role".to_owned(), role.into());
    parsed.insert("content".to_owned(), parse_content(&format!("{path}.content"), fields)?.into());
    for name in ["name", "reasoning_content"] {
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
        ]);
        let expected = vec![
            json!({ "role": "system", "content": "Be brief." }),
            json!({ "role": "user", "content": "a\nb", "name": "n" }),
            json!({ "role": "assistant", "content": "" }),
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
            (json!([{ "role": "tool", "content": "a" }]), "messages[0].role"),
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
            (json!([{ "role": "assistant", "content": "a", "tool_calls": [{}] }]), "messages[0].tool_calls"),
        ] {
            assert_eq!(parse(messages.clone()), Err(param.to_owned()), "{messages}");
        }
    }
}
