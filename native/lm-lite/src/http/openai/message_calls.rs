use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::http::api_error::ApiError;

/// The calls of a message, their arguments as the objects that templates want; `None` where there are none.
pub(super) fn parse_calls(path: &str, calls: Option<&Value>) -> Result<Option<Value>, ApiError> {
    let calls = match calls {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(calls)) => calls,
        Some(other) => return Err(ApiError::invalid_type(path, "an array", other)),
    };
    let parse = |(index, call)| parse_call(&format!("{path}[{index}]"), call);
    let parsed: Vec<_> = calls.iter().enumerate().map(parse).collect::<Result<_, _>>()?;
    Ok((!parsed.is_empty()).then_some(Value::Array(parsed)))
}

fn parse_call(path: &str, call: &Value) -> Result<Value, ApiError> {
    let path = format!("{path}.function");
    let function = call["function"]
        .as_object()
        .ok_or_else(|| ApiError::invalid_type(&path, "an object", &call["function"]))?;
    let field = |name: &str| function.get(name).unwrap_or(&Value::Null);
    let name = field("name").as_str();
    let name =
        name.ok_or_else(|| ApiError::invalid_type(&format!("{path}.name"), "a string", field("name")))?;
    let arguments = parse_arguments(&format!("{path}.arguments"), field("arguments"))?;
    let mut parsed = Map::new();
    if let Some(id) = call["id"].as_str() {
        parsed.insert("id".to_owned(), id.into());
    }
    parsed.insert("type".to_owned(), "function".into());
    parsed.insert("function".to_owned(), json!({ "name": name, "arguments": arguments }));
    Ok(Value::Object(parsed))
}

fn parse_arguments(path: &str, arguments: &Value) -> Result<Value, ApiError> {
    let parsed = match arguments {
        Value::Null => Some(json!({})),
        Value::Object(_) => Some(arguments.clone()),
        Value::String(text) if text.trim().is_empty() => Some(json!({})),
        Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_object),
        _ => None,
    };
    parsed.ok_or_else(|| {
        let message = format!("{path} must be a JSON object, as text");
        ApiError::bad_request("invalid_value", path, message)
    })
}

/// Gives results the name of the function that was called, which some templates show.
pub(super) fn name_results(messages: &mut [Value]) {
    let mut names = HashMap::new();
    for message in messages {
        for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(id), Some(name)) = (call["id"].as_str(), call["function"]["name"].as_str()) {
                names.insert(id.to_owned(), name.to_owned());
            }
        }
        let Some(fields) = message.as_object_mut().filter(|fields| !fields.contains_key("name")) else {
            continue;
        };
        let id = fields.get("tool_call_id").and_then(Value::as_str);
        if let Some(name) = id.and_then(|id| names.get(id)) {
            fields.insert("name".to_owned(), name.as_str().into());
        }
    }
}
