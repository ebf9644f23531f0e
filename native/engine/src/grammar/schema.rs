use serde_json::{Value, json};

use super::bounds::enforce_numbers;
use super::unsupported;
use crate::SubmitError;

/// Longest schema taken, as compact JSON.
pub(crate) const MAX_SCHEMA_BYTES: usize = 256 << 10;
/// Deepest nesting of a schema's own JSON.
const MAX_SCHEMA_DEPTH: usize = 96;
/// Integers near the least of 64 bits have no counterpart above zero, and the compiler of ranges turns around one for ever.
const LEAST_NUMBER: f64 = -9.2e18;

/// A schema within the limits, as the compiler takes it.
///
/// # Errors
/// `UnsupportedSchema` with the limit.
pub(crate) fn check_schema(schema: &Value) -> Result<Value, SubmitError> {
    // `true` is a schema, the one that takes anything.
    if *schema == Value::Bool(true) {
        return Ok(json!({}));
    }
    let Some(fields) = schema.as_object() else {
        return Err(unsupported(format!("a schema is a JSON object, got {}", kind(schema))));
    };
    if fields.contains_key("x-guidance") {
        return Err(unsupported("the keyword \"x-guidance\" is reserved"));
    }
    let depth = depth(schema);
    if depth > MAX_SCHEMA_DEPTH {
        return Err(unsupported(format!(
            "it is nested {depth} levels deep, at most {MAX_SCHEMA_DEPTH} are taken"
        )));
    }
    let bytes = schema.to_string().len();
    if bytes > MAX_SCHEMA_BYTES {
        return Err(unsupported(format!("it has {bytes} bytes, at most {MAX_SCHEMA_BYTES} are taken")));
    }
    let mut schema = schema.clone();
    enforce_numbers(&mut schema)?;
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

/// Refuses such a number in a grammar's text, which may have schemas in it.
pub(crate) fn check_numbers(text: &str) -> Result<(), SubmitError> {
    for (start, _) in text.match_indices('-') {
        let rest = &text[start + 1..];
        let digits = &rest[..number_length(rest)];
        let number = text[start..start + 1 + digits.len()].parse::<f64>();
        if number.is_ok_and(|number| number < LEAST_NUMBER) {
            return Err(unsupported(format!(
                "it has the number -{digits}, at least {LEAST_NUMBER:e} is taken"
            )));
        }
    }
    Ok(())
}

/// Bytes of a number without its sign, up to a second exponent, so that no character is looked at for more than two numbers.
fn number_length(text: &str) -> usize {
    let (mut last, mut has_exponent) = (b' ', false);
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        let is_part = match byte {
            b'0'..=b'9' | b'.' => true,
            b'e' | b'E' => !std::mem::replace(&mut has_exponent, true),
            b'+' | b'-' => matches!(last, b'e' | b'E'),
            _ => false,
        };
        if !is_part {
            return at;
        }
        last = byte;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_where_another_sign_begins() {
        for (text, length) in [("12, -3", 2), ("1.5e-7-2", 6), ("--", 0), ("e-e-", 2), ("9", 1), ("é", 0)] {
            assert_eq!(number_length(text), length, "{text}");
        }
        assert!(check_numbers("a: /-1/ | \"-9.3e18\"").is_err());
        assert!(check_numbers("a: /-1-2-3/").is_ok());
    }

    #[test]
    fn numbers_that_cannot_be_turned_around_are_refused() {
        for text in ["start: %json { \"const\": -9223372036854775808 }", "-1e300"] {
            assert!(check_numbers(text).is_err(), "{text}");
        }
        assert!(check_numbers("start: /[a-z0-9]-1/ \"--\" -9e18 x~1..2").is_ok());
    }
}
