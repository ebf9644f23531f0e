//! Filters and tests where Jinja's differ from minijinja's.

use minijinja::{
    Environment, Error, Output, State, Value, escape_formatter,
    value::{Rest, ValueKind},
};
use minijinja_contrib::globals::{cycler, joiner};

use super::python_json::{python_float, tojson};

pub(crate) fn add_to(environment: &mut Environment<'static>) {
    environment.add_filter("tojson", tojson);
    environment.add_filter("length", length);
    environment.add_filter("count", length);
    environment.add_filter("replace", replace);
    environment.add_filter("escape", escape);
    environment.add_filter("e", escape);
    environment.add_filter("truncate", truncate);
    environment.add_filter("wordcount", wordcount);
    environment.add_test("sequence", is_sequence);
    environment.add_function("joiner", joiner);
    environment.add_function("cycler", |items: Rest<Value>| cycler(items.to_vec()));
    environment.set_formatter(format);
}

/// An undefined value has the length 0.
fn length(value: &Value) -> Result<usize, Error> {
    if value.is_undefined() { Ok(0) } else { minijinja::filters::length(value) }
}

fn replace(text: String, old: String, new: String, count: Option<usize>) -> String {
    count.map_or_else(|| text.replace(&old, &new), |count| text.replacen(&old, &new, count))
}

/// With decimal references, as Python's markupsafe writes them.
fn escape(text: String) -> Value {
    let escaped = text.chars().map(|character| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&#34;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    });
    Value::from_safe_string(escaped.collect())
}

fn truncate(
    text: String,
    length: Option<usize>,
    kill_words: Option<bool>,
    end: Option<String>,
    leeway: Option<usize>,
) -> String {
    let length = length.unwrap_or(255);
    let end = end.unwrap_or_else(|| "...".to_owned());
    if text.chars().count() <= length.saturating_add(leeway.unwrap_or(5)) {
        return text;
    }
    let kept: String = text.chars().take(length.saturating_sub(end.chars().count())).collect();
    let kept = match kept.rsplit_once(' ') {
        Some((words, _)) if !kill_words.unwrap_or(false) => words,
        _ => &kept,
    };
    format!("{kept}{end}")
}

fn wordcount(text: String) -> usize {
    let in_word = |character: char| character.is_alphanumeric() || character == '_';
    text.split(|character| !in_word(character)).filter(|word| !word.is_empty()).count()
}

/// In Python all that has a length and items is a sequence: strings and mappings too.
fn is_sequence(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::String | ValueKind::Map | ValueKind::Undefined)
}

/// Writes numbers as Python does.
fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match f64::try_from(value.clone()) {
        Ok(number) if value.is_number() && !value.is_integer() => {
            escape_formatter(out, state, &Value::from(python_float(number)))
        }
        _ => escape_formatter(out, state, value),
    }
}
