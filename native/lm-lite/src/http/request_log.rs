use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::ids::random_text;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id of a client that is taken over.
const MAX_ID_BYTES: usize = 128;

/// Gives each request an id, its own if it brings one, which the answer and all lines of the log about it carry.
pub(super) async fn log_request(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    async {
        let mut response = next.run(request).await;
        let (status, seconds) = (response.status().as_u16(), start.elapsed().as_secs_f32());
        // Who asks for these asks again and again.
        if ["/health", "/metrics"].contains(&path.as_str()) {
            tracing::debug!(%method, path, status, seconds, "responded");
        } else {
            tracing::info!(%method, path, status, seconds, "responded");
        }
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
    .instrument(span)
    .await
}

fn request_id(headers: &HeaderMap) -> HeaderValue {
    let usable = |id: &&HeaderValue| {
        let bytes = id.as_bytes();
        (1..=MAX_ID_BYTES).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
    };
    let given = headers.get(REQUEST_ID).filter(usable).cloned();
    given.unwrap_or_else(|| {
        HeaderValue::try_from(format!("req_{}", random_text(24)))
            .unwrap_or_else(|_| HeaderValue::from_static("req"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_over_where_it_can_stand_in_a_log() {
        let id = |given: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(given).unwrap());
            request_id(&headers)
        };
        assert_eq!(id(b"abc-1"), "abc-1");
        for given in [b"".as_slice(), b"a b", &[b'x'; 129], "é".as_bytes()] {
            assert!(id(given).to_str().unwrap().starts_with("req_"), "{given:?}");
        }
    }
}
