use std::hint::black_box;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::AppState;
use super::api_error::ApiError;

/// Lets requests pass that bring the server's key.
pub(crate) async fn require_key(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(key) = &state.api_key else { return next.run(request).await };
    let given = request.headers().get(header::AUTHORIZATION).map(|value| value.as_bytes());
    let error = |message| ApiError::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message).into_response();
    match given.map(bearer) {
        Some(Some(given)) if equal(given, key.as_bytes()) => next.run(request).await,
        Some(_) => {
            error("the API key is not the one of this server; it comes as: Authorization: Bearer <key>")
        }
        None => error("no API key was given; it comes as: Authorization: Bearer <key>"),
    }
}

fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = header.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| key.trim_ascii())
}

/// Compares in a time that tells only whether the lengths are equal.
fn equal(left: &[u8], right: &[u8]) -> bool {
    let difference = left.iter().zip(right).fold(0, |difference, (a, b)| black_box(difference | (a ^ b)));
    left.len() == right.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_after_the_scheme() {
        assert_eq!(bearer(b"Bearer abc"), Some(b"abc".as_slice()));
        assert_eq!(bearer(b"bearer  abc "), Some(b"abc".as_slice()));
        assert_eq!(bearer(b"Basic abc"), None);
        assert_eq!(bearer(b"Bearer"), None);
    }

    #[test]
    fn only_equal_keys_are_equal() {
        assert!(equal(b"key", b"key"));
        for wrong in ["", "ke", "keys", "kez", "Key"] {
            assert!(!equal(wrong.as_bytes(), b"key"), "{wrong}");
        }
    }
}
