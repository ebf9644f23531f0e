use minijinja::{
    Error, ErrorKind, State, Value,
    value::{ValueKind, from_args},
};
use minijinja_contrib::pycompat::unknown_method_callback;

/// Methods of Python's strings and lists: those of `minijinja-contrib`, and those it lacks.
pub(crate) fn call_method(
    state: &mut State,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    let result = match value.as_str() {
        Some(text) => string_method(text, method, args),
        None if value.kind() == ValueKind::Seq && method == "index" => list_index(value, args),
        None => Err(unknown()),
    };
    match result {
        Err(error) if error.kind() == ErrorKind::UnknownMethod => {
            unknown_method_callback(state, value, method, args)
        }
        result => result,
    }
}

fn string_method(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    match method {
        "removeprefix" => {
            let (prefix,): (&str,) = from_args(args)?;
            Ok(Value::from(text.strip_prefix(prefix).unwrap_or(text)))
        }
        "removesuffix" => {
            let (suffix,): (&str,) = from_args(args)?;
            Ok(Value::from(text.strip_suffix(suffix).unwrap_or(text)))
        }
        "partition" => {
            let (separator,): (&str,) = from_args(args)?;
            let (before, after) =
                text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)));
            let middle = after.map_or("", |_| separator);
            Ok([before, middle, after.unwrap_or("")].into_iter().map(Value::from).collect())
        }
        "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            let (before, after) =
                text.rsplit_once(separator).map_or((None, text), |(before, after)| (Some(before), after));
            let middle = before.map_or("", |_| separator);
            Ok([before.unwrap_or(""), middle, after].into_iter().map(Value::from).collect())
        }
        "rsplit" => {
            let (separator, limit): (Option<&str>, Option<i64>) = from_args(args)?;
            let pieces = limit
                .and_then(|limit| usize::try_from(limit).ok())
                .map_or(usize::MAX, |limit| limit.saturating_add(1));
            let mut parts: Vec<&str> = match separator {
                Some(separator) => text.rsplitn(pieces, separator).collect(),
                None => rsplit_whitespace(text, pieces),
            };
            parts.reverse();
            Ok(parts.into_iter().map(Value::from).collect())
        }
        _ => Err(unknown()),
    }
}

/// At most `pieces` words from the end, the last of them with all that stands before it.
fn rsplit_whitespace(text: &str, pieces: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        if words.len() + 1 == pieces {
            words.push(rest);
            break;
        }
        let (before, word) = rest.rsplit_once(char::is_whitespace).unwrap_or(("", rest));
        words.push(word);
        rest = before.trim_end();
    }
    words
}

fn list_index(list: &Value, args: &[Value]) -> Result<Value, Error> {
    let (wanted,): (&Value,) = from_args(args)?;
    let index = list.try_iter()?.position(|item| item == *wanted);
    index
        .map(Value::from)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("{wanted} is not in list")))
}

fn unknown() -> Error {
    Error::from(ErrorKind::UnknownMethod)
}

#[cfg(test)]
mod tests {
    use super::rsplit_whitespace;

    #[test]
    fn words_are_split_off_from_the_end() {
        assert_eq!(rsplit_whitespace(" a  b c ", usize::MAX), ["c", "b", "a"]);
        assert_eq!(rsplit_whitespace(" a  b c ", 2), ["c", " a  b"]);
        assert!(rsplit_whitespace("  ", 2).is_empty());
    }
}
