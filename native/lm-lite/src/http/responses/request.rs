use serde_json::{Map, Value, json};

use super::input::messages;
use crate::http::api_error::ApiError;
use crate::http::openai::{Fields, refuse};

/// Fields that would change the answer and that this server does not have, with the values that ask for nothing.
const UNSUPPORTED: &[(&str, &[&str])] = &[
    ("background", &["false"]),
    ("conversation", &[]),
    ("max_tool_calls", &[]),
    ("previous_response_id", &[]),
    ("prompt", &[]),
    ("top_logprobs", &["0"]),
    ("truncation", &["\"disabled\""]),
];

/// Fields that chats have under the same name.
const SAME: [&str; 16] = [
    "model",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "repetition_penalty",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "seed",
    "stop",
    "tool_choice",
    "parallel_tool_calls",
    "structured_outputs",
    "chat_template_kwargs",
];

/// Fields of a chat, and what requests for responses call them.
const RENAMED: [(&str, &str); 3] = [
    ("messages", "input"),
    ("response_format", "text.format"),
    ("max_completion_tokens", "max_output_tokens"),
];

/// The chat that a request for a response stands for.
pub(super) fn as_chat(fields: Fields<'_>) -> Result<Map<String, Value>, ApiError> {
    refuse(fields, UNSUPPORTED)?;
    let mut chat = Map::new();
    for name in SAME {
        chat.extend(fields.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    let instructions = fields.get("instructions");
    let wrong = |value| ApiError::invalid_type("instructions", "a string", value);
    let instructions = instructions.map(|text| text.as_str().ok_or_else(|| wrong(text))).transpose()?;
    chat.insert("messages".to_owned(), messages(instructions, fields.required("input")?)?.into());
    if let Some(limit) = fields.get("max_output_tokens") {
        chat.insert("max_completion_tokens".to_owned(), limit.clone());
    }
    if let Some(format) = fields.object("text")?.and_then(|text| text.get("format")) {
        chat.insert("response_format".to_owned(), response_format(format));
    }
    if let Some(tools) = fields.get("tools") {
        chat.insert("tools".to_owned(), tools_of_chat(tools));
    }
    let effort = fields.object("reasoning")?.and_then(|reasoning| reasoning.get("effort"));
    chat.extend(effort.map(|effort| ("reasoning_effort".to_owned(), effort.clone())));
    Ok(chat)
}

/// Chats have the schema one level deeper.
fn response_format(format: &Value) -> Value {
    match format["type"].as_str() {
        Some("json_schema") => json!({ "type": "json_schema", "json_schema": format }),
        _ => format.clone(),
    }
}

/// Chats have functions one level deeper; what is no function is refused there.
fn tools_of_chat(tools: &Value) -> Value {
    let tool = |tool: &Value| match tool["type"].as_str() {
        Some("function") => json!({ "type": "function", "function": tool }),
        _ => tool.clone(),
    };
    tools.as_array().map_or_else(|| tools.clone(), |tools| tools.iter().map(tool).collect())
}

/// An error of the chat, in the words of the request that stood for it.
pub(super) fn renamed(error: ApiError) -> ApiError {
    error.with_param(|param| {
        for (chat, response) in RENAMED {
            if let Some(rest) = param.strip_prefix(chat) {
                return format!("{response}{rest}");
            }
        }
        param.replace("].function", "]")
    })
}
