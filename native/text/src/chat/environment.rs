use std::borrow::Cow;

use super::{jinja_filters, python_methods::call_method};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value, syntax::SyntaxConfig};

/// Instructions that one rendering may take. A long chat takes a few hundred for each message; a loop that takes
/// all of them ends within seconds.
const FUEL: u64 = 20_000_000;

/// Name under which `strftime_now` finds the time; no template can write it.
pub(crate) const NOW: &str = "now for strftime_now";

/// What a template gave to `raise_exception`.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Raised(pub(crate) String);

/// An environment as transformers sets up Jinja for chat templates.
pub(crate) fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(call_method);
    environment.set_fuel(Some(FUEL));
    jinja_filters::add_to(&mut environment);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", strftime_now);
    Ok(environment)
}

fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.clone()).with_source(Raised(message)))
}

fn strftime_now(state: &State, format: &str) -> Result<String, Error> {
    let failed = |reason: String| Error::new(ErrorKind::InvalidOperation, reason);
    let now = state.lookup(NOW).ok_or_else(|| failed("strftime_now has no time".to_owned()))?;
    let now: jiff::civil::DateTime =
        now.as_str().unwrap_or_default().parse().map_err(|error: jiff::Error| failed(error.to_string()))?;
    jiff::fmt::strtime::format(format, now).map_err(|error| failed(error.to_string()))
}

/// Turns the tag `generation`, which marks the assistant's text for training, into one that does nothing.
pub(crate) fn without_generation_tags(source: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for (start, _) in source.match_indices("{%") {
        let start = start + "{%".len();
        // Not from the tag's own percent sign on: "{%}" is no whole tag.
        let Some(length) = source[start..].find("%}") else { break };
        let tag = &source[start..start + length];
        let name = tag.trim_matches(['-', '+']).trim();
        let replacement = match name {
            "generation" => "with",
            "endgeneration" => "endwith",
            _ => continue,
        };
        out.push_str(&source[done..start]);
        out.push_str(&tag.replace(name, replacement));
        done = start + length;
    }
    if done == 0 {
        return Cow::Borrowed(source);
    }
    out.push_str(&source[done..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generation_tags_keep_their_whitespace_control() {
        let source = "a{%- generation -%}b{% endgeneration %}{% if generation %}c{% endif %}";
        let expected = "a{%- with -%}b{% endwith %}{% if generation %}c{% endif %}";
        assert_eq!(without_generation_tags(source), expected);
        for unfinished in ["{% no end", "{%", "{%}", "{{%} {% generation"] {
            assert_eq!(without_generation_tags(unfinished), unfinished);
        }
    }
}
