use std::fmt;

use axum::http::header::{HeaderName, HeaderValue};
use axum::http::{Method, Request, Uri};
use serde_json::{Map, Value};

/// Names the requests that end the machine which this process runs on.
pub(crate) const END_REQUESTS_VARIABLE: &str = "CONDUIT_END_REQUESTS";

const FIELDS: &str = "method, url, headers, body";
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// A request that may end the machine which this process runs on.
///
/// Machines of some providers start a program anew that has ended, and are paid for until somebody asks for their end.
#[derive(Clone)]
pub struct EndRequest {
    pub(crate) request: Request<Option<String>>,
    /// Method and URL as they were given, without the values of variables: these may be secret.
    pub(crate) label: String,
}

/// Environment variables by their names.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl EndRequest {
    /// From JSON: an array of `{ method, url, headers, body? }`, where `${NAME}` in a URL, in the value of a header or in a
    /// body stands for an environment variable.
    pub(crate) fn list_from_json(text: &str, variables: Variables<'_>) -> Result<Vec<Self>, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("{END_REQUESTS_VARIABLE} is no JSON: {error}"))?;
        let Value::Array(entries) = value else {
            return Err(format!("{END_REQUESTS_VARIABLE}: expected a JSON array of objects"));
        };
        let parse = |(index, entry): (usize, &Value)| {
            let fields = entry.as_object().ok_or_else(|| "expected an object".to_owned());
            let parsed = fields.and_then(|fields| Self::from_fields(fields, variables));
            parsed.map_err(|reason| format!("{END_REQUESTS_VARIABLE}[{index}]: {reason}"))
        };
        entries.iter().enumerate().map(parse).collect()
    }

    fn from_fields(fields: &Map<String, Value>, variables: Variables<'_>) -> Result<Self, String> {
        if let Some(name) = fields.keys().find(|name| !FIELDS.split(", ").any(|known| known == *name)) {
            return Err(format!("unknown field {name}; known are {FIELDS}"));
        }
        let (method, url) = (text(fields, "method")?, text(fields, "url")?);
        let known = METHODS.into_iter().find(|known| known.as_str() == method);
        let known = known.ok_or_else(|| {
            format!(
                "method: expected one of {}, got {method:?}",
                METHODS.map(|known| known.to_string()).join(", ")
            )
        })?;
        let takes_body = known != Method::GET && known != Method::DELETE;
        let body = match fields.get("body") {
            None | Some(Value::Null) => None,
            Some(Value::String(_)) if !takes_body => return Err(format!("body: a {method} has none")),
            Some(Value::String(body)) => Some(with_values("body", body, variables)?),
            Some(_) => return Err("body: expected a text".to_owned()),
        };
        let mut request = Request::new(body);
        *request.method_mut() = known;
        *request.uri_mut() = read_url(url, variables)?;
        for (name, value) in read_headers(fields.get("headers"), variables)? {
            request.headers_mut().insert(name, value);
        }
        Ok(Self { request, label: format!("{method} {url}") })
    }
}

impl fmt::Debug for EndRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.label)
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, String> {
    match fields.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("{name}: expected a text")),
        None => Err(format!("{name} is missing")),
    }
}

fn read_url(url: &str, variables: Variables<'_>) -> Result<Uri, String> {
    let wrong = || format!("url: expected an address that begins with https:// or http://, got {url:?}");
    let uri: Uri = with_values("url", url, variables)?.parse().map_err(|_| wrong())?;
    let known = matches!(uri.scheme_str(), Some("https" | "http"));
    if known && uri.host().is_some_and(|host| !host.is_empty()) { Ok(uri) } else { Err(wrong()) }
}

fn read_headers(
    headers: Option<&Value>,
    variables: Variables<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let headers = headers.and_then(Value::as_object).ok_or("headers: expected an object of texts")?;
    let read = |(name, value): (&String, &Value)| {
        let field = format!("headers.{name}");
        let value = value.as_str().ok_or_else(|| format!("{field}: expected a text"))?;
        let value = with_values(&field, value, variables)?;
        let name = name.parse().map_err(|_| format!("{field} is no name of a header"))?;
        // What cannot be sent is not told: it may be secret.
        let value = value.parse().map_err(|_| format!("{field}: its value cannot be sent in a header"))?;
        Ok((name, value))
    };
    headers.iter().map(read).collect()
}

/// Puts the values of the variables in the place of their names.
fn with_values(field: &str, text: &str, variables: Variables<'_>) -> Result<String, String> {
    let mut pieces = text.split("${");
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((name, rest)) = piece.split_once('}') else {
            return Err(format!("{field}: expected }} after ${{"));
        };
        let value = variables(name).filter(|value| !value.is_empty());
        result += &value.ok_or_else(|| format!("{field}: the environment variable {name} is not set"))?;
        result += rest;
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(name: &str) -> Option<String> {
        let value = match name {
            "ID" => "a1",
            "KEY" => "secret",
            "EMPTY" => "",
            "LINES" => "secret\nlines",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn parse(text: &str) -> Result<Vec<EndRequest>, String> {
        EndRequest::list_from_json(text, &variables)
    }

    #[test]
    fn variables_are_replaced_in_urls_headers_and_bodies() {
        let requests = parse(
            r#"[{"method": "DELETE", "url": "https://x/pods/${ID}?key=${KEY}", "headers": {"Authorization": "Bearer ${KEY}"}},
                {"method": "POST", "url": "http://x:1/", "headers": {}, "body": "{\"id\": \"${ID}${ID}\", \"cost\": \"$5 {}\"}"}]"#,
        )
        .unwrap();
        let [first, second] = &*requests else { panic!("two requests") };
        assert_eq!((first.request.method().as_str(), first.request.body()), ("DELETE", &None));
        assert_eq!(first.request.uri(), "https://x/pods/a1?key=secret");
        assert_eq!(first.request.headers()["authorization"], "Bearer secret");
        assert_eq!(second.request.body().as_deref(), Some(r#"{"id": "a1a1", "cost": "$5 {}"}"#));
    }

    #[test]
    fn values_of_variables_are_not_shown() {
        let requests = parse(
            r#"[{"method": "POST", "url": "https://x/?key=${KEY}", "headers": {"a": "${KEY}"}, "body": "${KEY}"}]"#,
        );
        assert_eq!(format!("{:?}", requests.unwrap()), "[POST https://x/?key=${KEY}]");
    }

    #[test]
    fn no_requests_are_none() {
        assert!(parse("[]").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_name() {
        let request = |fields: &str| format!(r#"[{{"method": "POST", "url": "https://x", {fields}}}]"#);
        for (text, named) in [
            (String::new(), "CONDUIT_END_REQUESTS is no JSON"),
            ("{}".to_owned(), "array"),
            ("[1]".to_owned(), "CONDUIT_END_REQUESTS[0]: expected an object"),
            (r#"[{"url": "https://x", "headers": {}}]"#.to_owned(), "method is missing"),
            (r#"[{"method": "POST", "headers": {}}]"#.to_owned(), "url is missing"),
            (r#"[{"method": "post", "url": "https://x", "headers": {}}]"#.to_owned(), "one of GET, POST"),
            (r#"[{"method": "POST", "url": "x/y", "headers": {}}]"#.to_owned(), "https://"),
            (r#"[{"method": "POST", "url": "ftp://x", "headers": {}}]"#.to_owned(), "https://"),
            (r#"[{"method": "POST", "url": "https://x/${LINES}", "headers": {}}]"#.to_owned(), "${LINES}"),
            (
                r#"[{"method": "DELETE", "url": "https://x", "headers": {}, "body": "x"}]"#.to_owned(),
                "a DELETE has none",
            ),
            (request(r#""headers": null"#), "headers: expected an object"),
            (request(r#""headers": {"a": 1}"#), "headers.a: expected a text"),
            (request(r#""headers": {"a b": "x"}"#), "headers.a b is no name"),
            (request(r#""headers": {"a": "${LINES}"}"#), "headers.a: its value"),
            (
                request(r#""headers": {"a": "${NONE}"}"#),
                "headers.a: the environment variable NONE is not set",
            ),
            (request(r#""headers": {"a": "${EMPTY}"}"#), "EMPTY is not set"),
            (request(r#""headers": {"a": "${KEY"}"#), "expected }"),
            (request(r#""headers": {}, "body": {}"#), "body: expected a text"),
            (request(r#""headers": {}, "extra": 1"#), "unknown field extra"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
