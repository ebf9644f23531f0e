use serde_json::{Value, json};

use super::unsupported;
use crate::SubmitError;

/// Longest schema taken, as compact JSON.
pub(crate) const MAX_SCHEMA_BYTES: usize = 256 << 10;
/// Deepest nesting of a schema's own JSON.
const MAX_SCHEMA_DEPTH: usize = 96;

/// A schema within the limits.
///
/// # Errors
/// `UnsupportedSchema` with the limit.
pub(crate) fn check_schema(schema: Value) -> Result<Value, SubmitError> {
    // `true` is a schema, the one that takes anything.
    let schema = if schema == Value::Bool(true) { json!({}) } else { schema };
    let Some(fields) = schema.as_object() else {
        return Err(unsupported(format!("a schema is a JSON object, got {}", kind(&schema))));
    };
    if fields.contains_key("x-guidance") {
        return Err(unsupported("the keyword \"x-guidance\" is reserved"));
    }
    let depth = depth(&schema);
    if depth > MAX_SCHEMA_DEPTH {
        return Err(unsupported(format!(
            "it is nested {depth} levels deep, at most {MAX_SCHEMA_DEPTH} are taken"
        )));
    }
    let bytes = schema.to_string().len();
    if bytes > MAX_SCHEMA_BYTES {
        return Err(unsupported(format!("it has {bytes} bytes, at most {MAX_SCHEMA_BYTES} are taken")));
    }
    Ok(schema)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
