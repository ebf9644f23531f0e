use std::collections::HashSet;

use serde_json::Value;

use super::Fields;
use crate::http::api_error::ApiError;

/// Whether an answer calls functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToolChoice {
    None,
    /// The model decides.
    Auto,
    /// It calls one or more.
    Required,
    /// It calls this one, once.
    Function(String),
}

/// `names` are those of the request's functions.
pub(super) fn parse_tool_choice(fields: Fields<'_>, names: &HashSet<String>) -> Result<ToolChoice, ApiError> {
    const NAME: &str = "tool_choice";
    let invalid = |message: String| Err(ApiError::bad_request("invalid_value", NAME, message));
    let choice = match fields.get(NAME) {
        None => ToolChoice::Auto,
        Some(Value::String(text)) => match text.as_str() {
            "none" => ToolChoice::None,
            "auto" => ToolChoice::Auto,
            "required" => ToolChoice::Required,
            _ => {
                return invalid(format!(
                    "tool_choice must be none, auto, required or a function, got {text:?}"
                ));
            }
        },
        Some(Value::Object(choice)) => {
            // Chats have the name within `function`, responses beside `type`.
            let name = choice.get("function").unwrap_or(&Value::Null)["name"].as_str();
            let name = name.or_else(|| choice.get("name")?.as_str());
            match (choice.get("type").and_then(Value::as_str), name) {
                (Some("function"), Some(name)) if names.contains(name) => {
                    ToolChoice::Function(name.to_owned())
                }
                (Some("function"), Some(name)) => {
                    return invalid(format!("tool_choice names {name:?}, which is not among tools"));
                }
                (Some("function"), None) => return invalid("tool_choice names no function".to_owned()),
                (kind, _) => {
                    let kind = kind.unwrap_or("without a type");
                    let message = format!("tool_choice: this server knows functions only, got {kind}");
                    return Err(ApiError::bad_request("unsupported_parameter", NAME, message));
                }
            }
        }
        Some(other) => return Err(ApiError::invalid_type(NAME, "a string or an object", other)),
    };
    if choice == ToolChoice::Required && names.is_empty() {
        return invalid("tool_choice is required, but there are no tools".to_owned());
    }
    Ok(choice)
}
