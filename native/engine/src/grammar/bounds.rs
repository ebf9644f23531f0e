use serde_json::{Number, Value};

use super::unsupported;
use crate::SubmitError;

/// From here on not every integer is an f64, as which the compiler takes the numbers of a schema.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// The greatest f64 that is an integer of 64 bits; the compiler takes ranges of nothing else.
const MOST: f64 = 9_223_372_036_854_774_784.0;

/// Keywords whose values are schemas by name.
const NAMED: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// Keywords that hold an answer to nothing.
const NOTES: [&str; 3] = ["default", "example", "examples"];

/// Puts bounds that the compiler would round onto the next number that it does not, on the inner side: no answer breaks them.
///
/// # Errors
/// `UnsupportedSchema` with the keyword and a number that cannot be enforced.
pub(super) fn enforce_numbers(schema: &mut Value) -> Result<(), SubmitError> {
    let fields = match schema {
        Value::Object(fields) => fields,
        Value::Array(schemas) => return schemas.iter_mut().try_for_each(enforce_numbers),
        _ => return Ok(()),
    };
    let is_integer = fields.get("type").is_some_and(is_integer);
    for (keyword, value) in fields.iter_mut() {
        match (keyword.as_str(), value) {
            ("minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum", Value::Number(number)) => {
                let enforced = enforced(keyword, number, is_integer);
                *number = enforced.ok_or_else(|| cannot(keyword, number))?;
            }
            ("const" | "enum", value) => check_constants(keyword, value)?,
            (note, _) if NOTES.contains(&note) => {}
            (named, Value::Object(schemas)) if NAMED.contains(&named) => {
                schemas.values_mut().try_for_each(enforce_numbers)?;
            }
            (_, value) => enforce_numbers(value)?,
        }
    }
    Ok(())
}

/// Whether a schema's `type` allows no other numbers.
fn is_integer(kind: &Value) -> bool {
    match kind {
        Value::Array(kinds) => {
            kinds.iter().any(|kind| kind == "integer") && kinds.iter().all(|kind| kind != "number")
        }
        kind => kind == "integer",
    }
}

/// A bound as the compiler is given it; `None` where it could not be kept.
fn enforced(keyword: &str, bound: &Number, is_integer: bool) -> Option<Number> {
    let mut value = bound.as_f64()?;
    if value.abs() < EXACT {
        return Some(bound.clone());
    }
    let (is_lower, is_exclusive) = (keyword.ends_with("inimum"), keyword.starts_with("exclusive"));
    let whole = whole(bound).unwrap_or(value as i128);
    // The compiler takes what is above the integers of 64 bits for the greatest of them.
    if is_integer && !is_lower && whole >= i128::from(i64::MAX) + i128::from(is_exclusive) {
        return Some(i64::MAX.into());
    }
    let rounded = value as i128;
    let is_outside = if is_lower { rounded < whole } else { rounded > whole };
    if is_outside || is_exclusive && rounded == whole {
        value = if is_lower { value.next_up() } else { value.next_down() };
    }
    let (inner, outer) = if is_lower { (value, -value) } else { (-value, value) };
    if inner > MOST {
        return None;
    }
    if outer > MOST {
        // Other numbers than integers of 64 bits could keep to it.
        if !is_integer && i64::try_from(whole).is_err() {
            return None;
        }
        value = if is_lower { -MOST } else { MOST };
    }
    Number::from_f64(value)
}

/// The integer that a number is written as.
fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// Refuses numbers that the compiler would take for others.
fn check_constants(keyword: &str, value: &Value) -> Result<(), SubmitError> {
    match value {
        Value::Number(number) => {
            let is_exact = number.as_f64().is_some_and(|value| {
                value.abs() <= MOST && whole(number).is_none_or(|whole| value as i128 == whole)
            });
            if is_exact { Ok(()) } else { Err(cannot(keyword, number)) }
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_constants(keyword, item)),
        Value::Object(fields) => fields.values().try_for_each(|field| check_constants(keyword, field)),
        _ => Ok(()),
    }
}

fn cannot(keyword: &str, number: &Number) -> SubmitError {
    unsupported(format!(
        "{keyword:?} has the number {number}, which is too large to be enforced to the digit; leave it out, or use numbers \
         below 9007199254740992"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::{Grammar, GrammarSpec, TokenBytes, Vocabulary};

    #[test]
    fn answers_keep_to_bounds_at_the_ends_of_64_bits() {
        let tokens = (0..=255).map(|byte| TokenBytes::Text(vec![byte])).collect();
        let vocabulary = Arc::new(Vocabulary::new(tokens, &[0], None).unwrap());
        for (schema, accepted, rejected) in [
            (
                json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
                ["-9223372036854774784", "0", "9223372036854775807"].as_slice(),
                ["-9223372036854775809", "9223372036854775808", "-99999999999999999999"].as_slice(),
            ),
            (
                json!({ "type": "integer", "minimum": i64::MIN }),
                &["-7", "99999999999999999999"],
                &["-9300000000000000000"],
            ),
            (
                json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
                &["0", "9223372036854775807"],
                &["18446744073709551616"],
            ),
            (
                json!({ "type": "integer", "minimum": 9_007_199_254_740_993_u64 }),
                &["9007199254740994"],
                &["9007199254740992"],
            ),
            (
                json!({ "type": "integer", "exclusiveMaximum": 1e17 }),
                &["99999999999999984", "-1"],
                &["100000000000000000"],
            ),
            (
                json!({ "type": "number", "minimum": i64::MIN, "maximum": i64::MAX }),
                &["-1.5", "9223372036854774783.5"],
                &["9223372036854775809", "-9223372036854775809.5"],
            ),
        ] {
            let spec = GrammarSpec::JsonSchema(schema.clone());
            let grammar = Grammar::compile(&spec, &vocabulary, 256).unwrap();
            let accepts = |text: &&str| grammar.accepts(&text.bytes().map(u32::from).collect::<Vec<_>>());
            assert!(accepted.iter().all(accepts), "{schema} accepts {accepted:?}");
            assert!(!rejected.iter().any(accepts), "{schema} rejects {rejected:?}");
        }
    }

    #[test]
    fn bounds_move_inwards_and_only_where_they_have_to() {
        let least = json!(-MOST);
        for (schema, keyword, expected) in [
            (json!({ "type": "integer", "minimum": i64::MIN }), "minimum", least.clone()),
            (json!({ "type": "integer", "exclusiveMinimum": i64::MIN }), "exclusiveMinimum", least.clone()),
            (json!({ "type": ["integer", "null"], "minimum": -1e30 }), "minimum", least.clone()),
            (json!({ "minimum": i64::MIN }), "minimum", least),
            (json!({ "type": "integer", "maximum": i64::MAX }), "maximum", json!(i64::MAX)),
            (json!({ "type": "integer", "maximum": u64::MAX }), "maximum", json!(i64::MAX)),
            (json!({ "type": "integer", "exclusiveMaximum": i64::MAX }), "exclusiveMaximum", json!(MOST)),
            (json!({ "type": "number", "maximum": i64::MAX }), "maximum", json!(MOST)),
            (json!({ "minimum": 9_007_199_254_740_993_u64 }), "minimum", json!(9_007_199_254_740_994.0)),
            (json!({ "maximum": 9_007_199_254_740_993_u64 }), "maximum", json!(9_007_199_254_740_992.0)),
            (json!({ "exclusiveMaximum": 1e17 }), "exclusiveMaximum", json!(99_999_999_999_999_984.0)),
            (json!({ "exclusiveMinimum": 5, "maximum": 7.5 }), "exclusiveMinimum", json!(5)),
        ] {
            let mut enforced = schema.clone();
            enforce_numbers(&mut enforced).unwrap();
            assert_eq!(enforced[keyword], expected, "{schema}");
        }
    }

    #[test]
    fn what_is_only_a_note_or_a_name_is_left_alone() {
        let mut schema = json!({
            "default": i64::MIN, "examples": [1e300], "properties": { "const": { "type": "integer", "minimum": i64::MIN } },
        });
        enforce_numbers(&mut schema).unwrap();
        assert_eq!((&schema["default"], &schema["examples"]), (&json!(i64::MIN), &json!([1e300])));
        assert_eq!(schema["properties"]["const"]["minimum"], json!(-MOST));
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_its_keyword() {
        for (schema, keyword) in [
            (json!({ "const": i64::MIN }), "const"),
            (json!({ "anyOf": [{ "enum": ["a", [-1e300]] }] }), "enum"),
            (json!({ "items": { "const": { "a": 9_007_199_254_740_993_u64 } } }), "const"),
            (json!({ "type": "integer", "minimum": 1e19, "maximum": 2e19 }), "minimum"),
            (json!({ "type": "integer", "exclusiveMaximum": i64::MIN }), "exclusiveMaximum"),
            (json!({ "type": "number", "maximum": 1e300 }), "maximum"),
            (json!({ "minimum": -1e19 }), "minimum"),
        ] {
            let SubmitError::UnsupportedSchema { reason } = enforce_numbers(&mut schema.clone()).unwrap_err()
            else {
                panic!("{schema}")
            };
            assert!(reason.contains(&format!("{keyword:?} has the number ")), "{reason}");
        }
    }
}
